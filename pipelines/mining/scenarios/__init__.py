"""One scenario a file of SQL: adding the file adds the scenario. What it must hold says pipelines/mining/definition.py."""
