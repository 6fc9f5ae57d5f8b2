"""The lake's catalogue: Iceberg's REST protocol under BigLake's paths."""
