"""Ingest: drive logs under a prefix become rows of Iceberg tables, every file and message accounted for."""
