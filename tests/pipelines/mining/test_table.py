"""A table becomes what it should hold in one commit, and is left alone if it is that already."""

from __future__ import annotations

from typing import Any

from pyspark.sql import SparkSession

from pipelines.mining.table import TableChange, differ, replace_content
from tests.pipelines.lake_tables import rows_of, snapshots

TABLE = "lake.scenarios.numbers"


def test_differ_counts_rows_and_takes_null_for_equal(spark: SparkSession):
    def frame(*rows: tuple[Any, ...]):
        return spark.createDataFrame(rows, "a INT, b STRING")

    assert not differ(frame((1, None), (2, "x")), frame((2, "x"), (1, None)))
    assert differ(frame((1, "x")), frame((1, None)))
    assert differ(frame((1, "x")), frame((1, "x"), (1, "x")))


def test_only_what_differs_is_changed_in_one_commit(lake: SparkSession):
    lake.sql(f"DROP TABLE IF EXISTS {TABLE}")
    lake.sql(f"CREATE TABLE {TABLE} (scenario_id STRING, peak_value DOUBLE) USING iceberg")

    def frame(*rows: tuple[str, float | None]):
        return lake.createDataFrame(rows, "scenario_id STRING, peak_value DOUBLE").select("peak_value", "scenario_id")

    assert replace_content(frame(("a", 1.0), ("b", None)), TABLE) is TableChange.UPDATED
    assert replace_content(frame(("b", None), ("a", 1.0)), TABLE) is TableChange.UNCHANGED
    assert len(snapshots(lake, TABLE)) == 1
    assert replace_content(frame(("b", 2.0), ("c", 3.0)), TABLE) is TableChange.UPDATED
    assert len(snapshots(lake, TABLE)) == 2
    assert rows_of(lake, TABLE) == [
        {"scenario_id": "b", "peak_value": 2.0},
        {"scenario_id": "c", "peak_value": 3.0},
    ]
    lake.sql(f"DROP TABLE {TABLE}")
