"""A snapshot as a replica has it: databases that are mapped, not read, whatever their size."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.snapshots import database
from pipelines.snapshots.manifest import TableVersion
from pipelines.snapshots.served_table import ServedTable, shard_of

EMPTY = "empty"
STEPS = 10_000
"""So many of SQLite's instructions are one unit of work."""


class SnapshotError(Exception):
    """A snapshot that can't be served, in one line."""


class TooMuchWorkError(Exception):
    """A lookup would have to look at more rows than one request may."""


@dataclass
class Work:
    """What a request may still cost, in units of STEPS. It is counted, not timed: a busy machine refuses nothing."""

    left: int


class Reader:
    """A connection to a shard, for one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._connection = database.connect(path)
        self._connection.set_progress_handler(self._spend, STEPS)
        self._work = Work(0)

    def row(self, work: Work, statement: str, values: tuple[Any, ...]) -> Any:
        """The first row of what a statement gives, None if there is none. TooMuchWorkError when the work is used up."""
        found = self.rows(work, statement, values)
        return found[0] if found else None

    def rows(self, work: Work, statement: str, values: tuple[Any, ...]) -> list[Any]:
        """All rows of what a statement gives. TooMuchWorkError when the work is used up."""
        self._work = work
        try:
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.OperationalError as error:
            if work.left < 0:
                raise TooMuchWorkError from None
            raise error

    def about(self) -> dict[str, Any]:
        """What the database says of itself, see database.py."""
        return database.about(self._connection)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _spend(self) -> bool:
        self._work.left -= 1
        return self._work.left < 0


class MappedShard:
    """One database. `own` is the reader of the event loop's thread; others borrow one.

    A statement that runs long would hold up whoever shares its connection, so no two threads do. Connections share the
    mapped pages. The file may be gone from its folder: what is open stays readable.
    """

    def __init__(self, path: Path, table: ServedTable, rows: int) -> None:
        self.rows = rows
        self._path = path
        self._idle: list[Reader] = []
        try:
            self.own = Reader(path)
            self.longest = int(self.own.about()["longest"])
            # Without "rows." SQLite takes a name that is none for a text.
            columns = ", ".join(f"rows.{database.quoted(name)}" for name in table.indexed)
            check = (
                f"SELECT (SELECT coalesce(max(_place), 0) FROM rows), {columns}, _body FROM (SELECT 1) LEFT JOIN rows"
            )
            found = self.own.row(Work(1), f"{check} LIMIT 1", ())[0]
        except (sqlite3.Error, KeyError, ValueError, TypeError) as error:
            raise SnapshotError(f"it is no database of {table.name}: {error}") from error
        if found != rows:
            raise SnapshotError(f"it has {found} rows, its manifest says {rows}")

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """A reader of this thread's own, for a while."""
        try:
            reader = self._idle.pop()
        except IndexError:
            reader = Reader(self._path)
        try:
            yield reader
        finally:
            self._idle.append(reader)

    def __del__(self) -> None:
        for reader in (*self._idle, *([self.own] if hasattr(self, "own") else [])):
            reader.close()


@dataclass(frozen=True)
class MappedTable:
    """A version of a table with its databases, in the order of the manifest's shards."""

    version: TableVersion
    shards: tuple[MappedShard, ...]

    @property
    def table(self) -> ServedTable:
        """How it is served."""
        return self.version.table

    def shards_of(self, key: int | str) -> tuple[MappedShard, ...]:
        """Where the rows of a key are, given as the databases have it."""
        if len(self.shards) < 2:
            return self.shards
        if self.table.type_of(self.table.key) == "boolean":
            key = "true" if key else "false"
        return (self.shards[shard_of(str(key), len(self.shards))],)


@dataclass(frozen=True)
class Snapshot:
    """Tables by name; created_at as the manifest has it."""

    snapshot_id: str
    created_at: str | None
    tables: dict[str, MappedTable]


def empty() -> Snapshot:
    """What is served before anything was published, so that a service can be rolled out before the first run."""
    return Snapshot(EMPTY, None, {})
