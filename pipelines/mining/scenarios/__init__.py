"""One scenario a file of SQL: adding the file adds the scenario. definition.py says what it must hold."""
