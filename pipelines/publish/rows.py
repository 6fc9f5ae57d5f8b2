"""A table's rows as they are served: JSON, and beside it what they are found and ordered by."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 (the name everybody knows it by)

from pipelines.snapshots.served_table import ServedTable

BODY, SHARD = "_body", "_shard"
"""Columns beside the table's own, whose names begin with a letter."""

JSON_OPTIONS = {
    "ignoreNullFields": "false",
    "timeZone": "UTC",
    "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX",
}

INTEGER = {
    "boolean": lambda column: column.cast("int"),
    "timestamptz": F.unix_micros,
    "date": F.unix_date,
}
"""What makes an integer of a value, as served_table.INTEGERS says, where it is none yet."""


def body(table: ServedTable) -> Column:
    """A row as answers carry it: all columns of the contract, nulls too, times in UTC to the microsecond."""
    return F.to_json(F.struct(*(column.name for column in table.columns)), JSON_OPTIONS)


def served_rows(frame: DataFrame, table: ServedTable, shards: int) -> DataFrame:
    """_shard, the indexed columns and _body of each row.

    Beside them a row for each shard with nothing but its number, so that there is none without rows.
    """
    indexed = [indexed_value(table, name).alias(name) for name in table.indexed]
    rows = frame.select(shard_of_row(table, shards).alias(SHARD), *indexed, body(table).cast("binary").alias(BODY))
    numbers = frame.sparkSession.range(shards).select(F.col("id").cast("int").alias(SHARD))
    return rows.unionByName(numbers, allowMissingColumns=True)


def indexed_value(table: ServedTable, name: str) -> Column:
    """A value as a shard's database has it."""
    return INTEGER.get(table.type_of(name), lambda column: column)(F.col(name))


def shard_of_row(table: ServedTable, shards: int) -> Column:
    """What served_table.shard_of says of a row's key."""
    key = F.col(table.key) if table.type_of(table.key) == "boolean" else indexed_value(table, table.key)
    return (F.crc32(key.cast("string").cast("binary")) % shards).cast("int")
