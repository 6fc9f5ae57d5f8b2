"""The tables of a snapshot: read at one state, and told apart by what they hold."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 (the name everybody knows it by)

LAYOUT_VERSION = 2
"""Part of the snapshot id: raise it when the files of a snapshot change for the same rows."""

JSON_OPTIONS = {
    "ignoreNullFields": "false",
    "timeZone": "UTC",
    "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX",
}


@dataclass(frozen=True)
class PublishedTable:
    """One table of the snapshot: its folder's name, where it comes from, its order."""

    name: str
    source: str
    sort: tuple[str, ...]


TABLES = (
    PublishedTable("scenarios", "scenarios.scenarios", ("drive_id", "start_time", "scenario_id")),
    PublishedTable("drives", "drive_logs.drives", ("drive_id", "start_time", "source_sha256")),
)


@dataclass(frozen=True)
class Fingerprint:
    """What a table holds, whatever the order of its rows: rows, and two sums over a 64-bit hash of each row."""

    rows: int
    exclusive_or: int
    total: str


def fingerprint(frame: DataFrame) -> Fingerprint:
    """Hash the content of a frame; one pass, no shuffle of rows. Not meant against people who forge collisions."""
    row = F.xxhash64(F.to_json(F.struct(*frame.columns), JSON_OPTIONS))
    found = frame.select(row.alias("hash")).agg(
        F.count("*").alias("rows"),
        F.bit_xor("hash").alias("exclusive_or"),
        F.sum(F.col("hash").cast("decimal(38,0)")).alias("total"),
    )
    values = found.collect()[0]
    return Fingerprint(values["rows"], values["exclusive_or"] or 0, str(values["total"] or 0))


def columns_of(frame: DataFrame) -> list[dict[str, str]]:
    """Names and Spark types of the columns."""
    return [{"name": field.name, "type": field.dataType.simpleString()} for field in frame.schema.fields]


def snapshot_id(contents: Sequence[tuple[PublishedTable, DataFrame, Fingerprint]]) -> str:
    """The id of a snapshot: 32 hexadecimal digits from columns and rows of its tables, and the layout's version."""
    value = [
        LAYOUT_VERSION,
        *(
            [table.name, columns_of(frame), print_.rows, print_.exclusive_or, print_.total]
            for table, frame, print_ in contents
        ),
    ]
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:32]
