"""Rows as they are served: JSON with all columns, values as databases have them, and the shard that the key says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from pyspark.sql import SparkSession

from pipelines.publish.rows import BODY, SHARD, body, served_rows
from pipelines.snapshots.served_table import ServedTable, served_table, shard_of
from tests.pipelines.publish.things import KEYS, ROWS, START, TABLE, quoted_ddl

SHARDS = 5


def served(key: str) -> ServedTable:
    """The table by that key; only the key's column need be there."""
    assert TABLE.serve is not None
    return served_table(TABLE, replace(TABLE.serve, by=(key,), time=(), cell=None))


def test_a_row_is_in_the_shard_of_its_key(spark: SparkSession) -> None:
    rows = [(f"ü{n}", n, n - 5, n % 2 == 0, START + timedelta(seconds=n), date(2026, 3, 1 + n)) for n in range(12)]
    frame = spark.createDataFrame([(*row, None, None) for row in rows], quoted_ddl(TABLE))
    parts = {key: served_rows(frame, served(key), SHARDS).select(SHARD, key, BODY).toDF("n", "v", "b") for key in KEYS}
    for key, part in parts.items():
        found: list[tuple[int, Any, bytes | None]] = [tuple(row) for row in part.collect()]
        assert sorted(number for number, _, text in found if text is None) == list(range(SHARDS))
        filled = [(number, value) for number, value, text in found if text is not None]
        assert len(filled) == 12
        for number, value in filled:
            text = ("false", "true")[value] if key == "good" else str(value)
            assert shard_of(text, SHARDS) == number


def test_json_is_the_same_whatever_the_session_s_zone(spark: SparkSession) -> None:
    frame = spark.createDataFrame(ROWS, quoted_ddl(TABLE))
    table = served("order")
    expected = (
        '{"order":"a","count":null,"total":null,"good":null,"moment":"2026-03-01T08:00:00.000001Z","day":null,'
        '"speed":null,"cell":null}'
    )
    spark.conf.set("spark.sql.session.timeZone", "America/Los_Angeles")
    try:
        assert expected in [row[0] for row in frame.select(body(table)).collect()]
    finally:
        spark.conf.set("spark.sql.session.timeZone", "UTC")
