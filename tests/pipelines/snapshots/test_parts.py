"""A database's bytes as rows."""

from __future__ import annotations

from pyspark.sql import SparkSession

from pipelines.snapshots.parts import COLUMNS, PART_BYTES


def test_spark_takes_the_columns_and_python_s_bytes(spark: SparkSession) -> None:
    row = (1, 2, b"\x00\xff", 3, PART_BYTES + 2, "ab")
    frame = spark.createDataFrame([row], COLUMNS)
    assert frame.columns == ["shard", "place", "data", "rows", "size", "sha256"]
    assert [tuple(found) for found in frame.collect()] == [row]
