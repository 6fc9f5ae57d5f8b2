"""The warehouse: BigQuery's REST API over the lake's Iceberg tables."""
