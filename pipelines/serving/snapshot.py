"""One published snapshot, loaded and indexed for lookups."""

from __future__ import annotations

import base64
import binascii
import io
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import pyarrow.parquet as parquet

from pipelines.serving.h3_range import cell_range
from pipelines.serving.objects import Objects

SCHEMA = """
CREATE TABLE drives (drive_id TEXT PRIMARY KEY, body BLOB) WITHOUT ROWID;
CREATE TABLE scenarios (
    start_time INTEGER, scenario_id TEXT, end_time INTEGER, drive_id TEXT, kind TEXT, h3_cell TEXT, body BLOB,
    PRIMARY KEY (start_time, scenario_id)
) WITHOUT ROWID;
CREATE INDEX scenarios_by_drive ON scenarios (drive_id, start_time, scenario_id);
CREATE INDEX scenarios_by_kind ON scenarios (kind, start_time, scenario_id);
CREATE INDEX scenarios_by_cell ON scenarios (h3_cell, start_time, scenario_id);
"""


@dataclass(frozen=True)
class Query:
    """A lookup of scenarios; every filter that is set must hold.

    start, end: scenarios that overlap this span, UTC.  h3_cell: scenarios that begin in this cell.
    after: cursor of the page before.
    """

    kind: str | None = None
    drive_id: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    h3_cell: str | None = None
    limit: int = 100
    after: str | None = None


class Snapshot:
    """Rows of a snapshot in an in-memory index; each row is kept as the JSON that a response carries."""

    def __init__(self, snapshot_id: str, drives: Iterable[dict[str, Any]], scenarios: Iterable[dict[str, Any]]) -> None:
        self.snapshot_id = snapshot_id
        # Only the loading thread writes, and it is done before any other thread reads.
        self._database = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._database.executescript(SCHEMA)
        self._database.execute("BEGIN")
        self._database.executemany("INSERT INTO drives VALUES (?, ?)", ((r["drive_id"], body(r)) for r in drives))
        self._database.executemany("INSERT INTO scenarios VALUES (?, ?, ?, ?, ?, ?, ?)", map(indexed, scenarios))
        self._database.execute("COMMIT")

    @property
    def counts(self) -> dict[str, int]:
        """Rows a table."""
        return {
            table: self._database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("drives", "scenarios")
        }

    def drive(self, drive_id: str) -> bytes | None:
        """The drive as JSON, None if the snapshot has no such drive."""
        found = self._database.execute("SELECT body FROM drives WHERE drive_id = ?", (drive_id,)).fetchone()
        return None if found is None else found[0]

    def scenarios(self, query: Query) -> tuple[list[bytes], str | None]:
        """A page of scenarios as JSON, by start time, and the cursor of the next page, None at the end.

        Raises ValueError for a cell or a cursor that is none.
        """
        conditions, values = filters(query)
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        statement = (
            f"SELECT start_time, scenario_id, body FROM scenarios {where} ORDER BY start_time, scenario_id LIMIT ?"
        )
        rows = self._database.execute(statement, (*values, query.limit + 1)).fetchall()
        page = rows[: query.limit]
        return [row[2] for row in page], cursor(*page[-1][:2]) if len(rows) > query.limit else None


def filters(query: Query) -> tuple[list[str], list[Any]]:
    """SQL conditions of a query and their values."""
    conditions: list[tuple[str, tuple[Any, ...]]] = []
    if query.kind is not None:
        conditions.append(("kind = ?", (query.kind,)))
    if query.drive_id is not None:
        conditions.append(("drive_id = ?", (query.drive_id,)))
    if query.start is not None:
        conditions.append(("end_time >= ?", (microseconds(query.start),)))
    if query.end is not None:
        conditions.append(("start_time <= ?", (microseconds(query.end),)))
    if query.h3_cell is not None:
        conditions.append(("h3_cell BETWEEN ? AND ?", cell_range(query.h3_cell)))
    if query.after is not None:
        conditions.append(("(start_time, scenario_id) > (?, ?)", position(query.after)))
    return [condition for condition, _ in conditions], [value for _, values in conditions for value in values]


def body(row: dict[str, Any]) -> bytes:
    """A row as JSON: times in UTC, ISO 8601, with microseconds."""
    return orjson.dumps(row, option=orjson.OPT_UTC_Z)


def indexed(row: dict[str, Any]) -> tuple[Any, ...]:
    start, end = microseconds(row["start_time"]), microseconds(row["end_time"])
    return start, row["scenario_id"], end, row["drive_id"], row["kind"], row["h3_cell"], body(row)


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970, UTC."""
    return round(moment.timestamp() * 1_000_000)


def cursor(start_time: int, scenario_id: str) -> str:
    """An opaque text for a place in the order of scenarios."""
    return base64.urlsafe_b64encode(f"{start_time}:{scenario_id}".encode()).decode()


def position(text: str) -> tuple[int, str]:
    """The place that a cursor stands for; ValueError if it is none."""
    try:
        start_time, _, scenario_id = base64.urlsafe_b64decode(text).decode().partition(":")
        return int(start_time), scenario_id
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise ValueError(f"cursor {text!r} is not one that this service gave") from None


def load(objects: Objects, snapshot_id: str) -> Snapshot:
    """Read the snapshot `<snapshot_id>/{drives,scenarios}/*.parquet`."""
    return Snapshot(snapshot_id, rows(objects, f"{snapshot_id}/drives/"), rows(objects, f"{snapshot_id}/scenarios/"))


def rows(objects: Objects, prefix: str) -> Iterator[dict[str, Any]]:
    """The rows of all Parquet files below a prefix, a row group at a time."""
    for name in objects.names(prefix):
        if name.endswith(".parquet"):
            file = parquet.ParquetFile(io.BytesIO(objects.read(name)))
            for batch in file.iter_batches():
                yield from batch.to_pylist()
