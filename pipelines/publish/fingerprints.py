"""What tables hold, whatever the order of their rows: it makes the id of a snapshot."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 (the name everybody knows it by)

from pipelines.snapshots import LAYOUT_VERSION, PublishedTable

JSON_OPTIONS = {
    "ignoreNullFields": "false",
    "timeZone": "UTC",
    "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX",
}


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
