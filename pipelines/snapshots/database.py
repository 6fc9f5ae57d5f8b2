"""A shard: a SQLite database that a replica maps into its memory. Written and read with Python's own module.

    rows(_place INTEGER PRIMARY KEY, <the table's indexed columns>, _body BLOB)    _place: 1, 2, ... in table.order
    _about(name, value)                                                            see `about`

Each row is kept as the JSON that answers carry, so that an answer is put together without building objects. Every
index ends in the place, so rows found by one are in the table's order without being sorted.
File format, stable since 2004: https://www.sqlite.org/fileformat2.html
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipelines.snapshots.served_table import INTEGERS, ServedTable

MAPPED_BYTES = 1 << 40
"""So much of a database is mapped at most, which is all of it; SQLite's own limit may be lower."""


def write(path: Path, table: ServedTable, rows: Iterable[tuple[Any, ...]]) -> int:
    """Make the database of a shard; returns how many rows it got.

    rows: in the table's order, each the values of its indexed columns (numbers as served_table.INTEGERS says, None for
    null) and its JSON (bytes).
    """
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        for statement in _tables(table):
            connection.execute(statement)
        values = ", ".join("?" * (len(table.indexed) + 1))
        names = ", ".join((*map(quoted, table.indexed), "_body"))
        count = connection.executemany(f"INSERT INTO rows ({names}) VALUES ({values})", rows).rowcount
        for statement in _indexes(table):
            connection.execute(statement)
        connection.execute("INSERT INTO _about VALUES ('longest', ?)", (_longest(connection, table),))
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
    finally:
        connection.close()
    return max(count, 0)


def connect(path: Path) -> sqlite3.Connection:
    """Open a database for reading, mapped. It must not change any more. sqlite3.DatabaseError if it is none."""
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    connection.execute(f"PRAGMA mmap_size = {MAPPED_BYTES}")
    connection.execute("PRAGMA query_only = ON")
    return connection


def about(connection: sqlite3.Connection) -> dict[str, Any]:
    """What a database says of itself: `longest`, the longest time from a row's first to its last moment, in µs."""
    return dict(connection.execute("SELECT name, value FROM _about"))


def quoted(name: str) -> str:
    """A column's name as it stands in SQL, where it may be one of SQL's own words."""
    return f'"{name}"'


def _tables(table: ServedTable) -> list[str]:
    columns = [f"{quoted(name)} {'INTEGER' if table.type_of(name) in INTEGERS else 'TEXT'}" for name in table.indexed]
    return [
        f"CREATE TABLE rows (_place INTEGER PRIMARY KEY, {', '.join(columns)}, _body BLOB NOT NULL)",
        "CREATE TABLE _about (name TEXT PRIMARY KEY, value)",
    ]


def _indexes(table: ServedTable) -> list[str]:
    cell = (table.cell,) if table.cell else ()
    found = dict.fromkeys((*table.by, *cell))
    return [
        f"CREATE INDEX _in_order ON rows ({', '.join(map(quoted, table.order))})",
        *(f"CREATE INDEX by_{name} ON rows ({quoted(name)})" for name in found),
    ]


def _longest(connection: sqlite3.Connection, table: ServedTable) -> int:
    if len(table.time) < 2:
        return 0
    first, last = map(quoted, table.time)
    return connection.execute(f"SELECT coalesce(max({last} - {first}), 0) FROM rows").fetchone()[0]
