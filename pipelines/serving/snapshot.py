"""One published snapshot, loaded and indexed for lookups."""

from __future__ import annotations

import base64
import io
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pyarrow.parquet as parquet

from pipelines.serving.h3_range import cell_range
from pipelines.snapshots import DRIVES, SCENARIOS, Manifest, manifest_file

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
FARTHEST = 2**63 - 1
"""The farthest time from 1970 that the index can hold, microseconds."""

SCHEMA = """
CREATE TABLE drives (
    drive_id TEXT, start_time INTEGER, source_sha256 TEXT, end_time INTEGER, body BLOB,
    PRIMARY KEY (drive_id, start_time, source_sha256)
) WITHOUT ROWID;
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


class SnapshotError(Exception):
    """A snapshot that is not what its manifest says."""


class Snapshot:
    """Rows of a snapshot in an in-memory index; each row is kept as the JSON that a response carries."""

    def __init__(self, snapshot_id: str, drives: Iterable[dict[str, Any]], scenarios: Iterable[dict[str, Any]]) -> None:
        self.snapshot_id = snapshot_id
        # Only the loading thread writes, and it is done before any other thread reads.
        self._database = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._database.executescript(SCHEMA)
        self._database.execute("BEGIN")
        self._database.executemany("INSERT INTO drives VALUES (?, ?, ?, ?, ?)", map(indexed_log, drives))
        self._database.executemany("INSERT INTO scenarios VALUES (?, ?, ?, ?, ?, ?, ?)", map(indexed, scenarios))
        self._database.execute("COMMIT")

    @property
    def counts(self) -> dict[str, int]:
        """Rows a table."""
        return {
            table.name: self._database.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0]
            for table in (DRIVES, SCENARIOS)
        }

    def drive(self, drive_id: str) -> bytes | None:
        """The drive as JSON: first start, last end and its logs by start time. None if there is no such drive."""
        statement = (
            "SELECT start_time, end_time, body FROM drives WHERE drive_id = ? ORDER BY start_time, source_sha256"
        )
        logs = self._database.execute(statement, (drive_id,)).fetchall()
        if not logs:
            return None
        return body(
            {
                "drive_id": drive_id,
                "start_time": moment(logs[0][0]),
                "end_time": moment(max(end for _, end, _ in logs)),
                "logs": [orjson.Fragment(log) for _, _, log in logs],
            }
        )

    def has_drive(self, drive_id: str) -> bool:
        """Whether the snapshot has a log of that drive."""
        return self._database.execute("SELECT 1 FROM drives WHERE drive_id = ?", (drive_id,)).fetchone() is not None

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


def indexed_log(row: dict[str, Any]) -> tuple[Any, ...]:
    start, end = microseconds(row["start_time"]), microseconds(row["end_time"])
    return row["drive_id"], start, row["source_sha256"], end, body(row)


def microseconds(time: datetime) -> int:
    """Microseconds since 1970, UTC."""
    return (time - EPOCH) // MICROSECOND


def moment(time: int) -> datetime:
    """What `microseconds` was given."""
    return EPOCH + time * MICROSECOND


def cursor(start_time: int, scenario_id: str) -> str:
    """An opaque text for a place in the order of scenarios."""
    return base64.urlsafe_b64encode(f"{start_time}:{scenario_id}".encode()).decode()


def position(text: str) -> tuple[int, str]:
    """The place that a cursor stands for; ValueError if it is none."""
    try:
        start_time, _, scenario_id = base64.urlsafe_b64decode(text).decode().partition(":")
        place = int(start_time)
        if abs(place) > FARTHEST:
            raise ValueError
        return place, scenario_id
    except ValueError:
        raise ValueError(f"cursor {text!r} is not one that this service gave") from None


def load(read: Callable[[str], bytes], snapshot_id: str) -> Snapshot:
    """Load a snapshot whose files `read` gives by name; SnapshotError if it has other rows than its manifest says."""
    manifest = Manifest.from_json(read(manifest_file(snapshot_id)))
    drives, scenarios = (rows(read, manifest.files_of(table)) for table in (DRIVES, SCENARIOS))
    snapshot = Snapshot(snapshot_id, drives, scenarios)
    for name, count in snapshot.counts.items():
        if count != (declared := manifest.tables[name].rows):
            raise SnapshotError(f"{snapshot_id}: {name} has {count} rows, its manifest says {declared}")
    return snapshot


def rows(read: Callable[[str], bytes], files: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The rows of Parquet files, a row group at a time."""
    for name in files:
        file = parquet.ParquetFile(io.BytesIO(read(name)))
        for batch in file.iter_batches():
            yield from batch.to_pylist()
