"""Publishing: a snapshot of what the serving service answers from, as Parquet files in the serving bucket."""
