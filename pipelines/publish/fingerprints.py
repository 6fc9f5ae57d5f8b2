"""What tables hold, whatever the order of their rows: it makes the ids of their versions and of a snapshot."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 (the name everybody knows it by)

from pipelines.publish.rows import body
from pipelines.snapshots.manifest import LAYOUT_VERSION
from pipelines.snapshots.served_table import ServedTable


@dataclass(frozen=True)
class Fingerprint:
    """What a table holds, whatever the order of its rows: two sums over a 64-bit hash of each row's JSON.

    size: bytes of all JSON.
    """

    rows: int
    exclusive_or: int
    total: str
    size: int


def fingerprint(frame: DataFrame, table: ServedTable) -> Fingerprint:
    """Hash the content of a frame; one pass, no shuffle of rows. Not meant against people who forge collisions."""
    found = frame.select(body(table).alias("body")).select(F.xxhash64("body").alias("hash"), F.octet_length("body"))
    values = found.toDF("hash", "size").agg(
        F.count("*").alias("rows"),
        F.bit_xor("hash").alias("exclusive_or"),
        F.sum(F.col("hash").cast("decimal(38,0)")).alias("total"),
        F.sum("size").alias("size"),
    )
    row = values.collect()[0]
    return Fingerprint(row["rows"], row["exclusive_or"] or 0, str(row["total"] or 0), row["size"] or 0)


def layout_of(table: ServedTable) -> list[Any]:
    """What of a table's declaration decides the content of its files: all but what is said for people."""
    columns = [[column.name, column.type] for column in table.columns]
    return [table.name, columns, table.by, table.time, table.cell, table.order]


def version_id(table: ServedTable, content: Fingerprint, shards: int) -> str:
    """The id of a table's version."""
    return _digest([LAYOUT_VERSION, layout_of(table), asdict(content), shards])


def snapshot_id(versions: Iterable[tuple[ServedTable, str]]) -> str:
    """The id of a snapshot, from its tables and the ids of their versions."""
    tables = {table.name: [version, asdict(table)] for table, version in versions}
    return _digest([LAYOUT_VERSION, sorted(tables.items())])


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:32]
