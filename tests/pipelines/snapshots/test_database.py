"""A shard's database: rows in order, found by indexes alone, and never changed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipelines.snapshots import database
from pipelines.snapshots.served_table import ServedColumn, ServedTable

TYPES = {"order": "string", "first": "timestamptz", "last": "timestamptz", "good": "boolean", "cell": "string"}
TABLE = ServedTable(
    name="things",
    doc="",
    columns=tuple(ServedColumn(name, kind, name != "cell", "") for name, kind in TYPES.items()),
    by=("order", "good"),
    time=("first", "last"),
    cell="cell",
    order=("first", "order"),
)
ROWS: list[tuple[Any, ...]] = [
    # first, order, good, last, cell (TABLE.indexed begins with the order)
    (10, "b", 1, 25, None, b'{"order":"b"}'),
    (10, "ü", 0, 11, "c1", b'{"order":"\xc3\xbc"}'),
    (20, "a", None, 20, "c2", bytearray(b'{"order":"a"}')),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A folder whose name means something in addresses, and a database in it."""
    folder = tmp_path / "50% of #1?"
    folder.mkdir()
    assert TABLE.indexed == ("first", "order", "good", "last", "cell")
    assert database.write(folder / "shard", TABLE, iter(ROWS)) == 3
    return folder / "shard"


def test_rows_keep_order_values_and_bytes(path: Path) -> None:
    with closing(database.connect(path)) as connection:
        columns = ", ".join(database.quoted(name) for name in TABLE.indexed)
        found = connection.execute(f"SELECT _place, {columns}, _body FROM rows ORDER BY _place").fetchall()
        assert found == [(place, *row[:-1], bytes(row[-1])) for place, row in enumerate(ROWS, start=1)]
        assert database.about(connection) == {"longest": 15}


@pytest.mark.parametrize("column", ["order", "good", "cell"])
def test_rows_are_found_by_index_and_need_no_sorting(path: Path, column: str) -> None:
    with closing(database.connect(path)) as connection:
        query = f"EXPLAIN QUERY PLAN SELECT _body FROM rows WHERE {database.quoted(column)} = ? ORDER BY _place"
        (plan,) = [row[3] for row in connection.execute(query, ("a",))]
    assert plan == f"SEARCH rows USING INDEX by_{column} ({column}=?)"


def test_a_database_can_t_be_changed(path: Path) -> None:
    with closing(database.connect(path)) as connection, pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM rows")


def test_a_database_is_one_file(path: Path) -> None:
    assert [file.name for file in path.parent.iterdir()] == ["shard"]


def test_a_table_without_rows(tmp_path: Path) -> None:
    assert database.write(tmp_path / "shard", TABLE, []) == 0
    with closing(database.connect(tmp_path / "shard")) as connection:
        assert connection.execute("SELECT count(*) FROM rows").fetchone() == (0,)
        assert database.about(connection) == {"longest": 0}


def test_the_same_rows_are_the_same_bytes(path: Path, tmp_path: Path) -> None:
    database.write(tmp_path / "again", TABLE, ROWS)
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


def test_what_is_no_database_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "shard").write_bytes(b"x" * 5000)
    with pytest.raises(sqlite3.DatabaseError), closing(database.connect(tmp_path / "shard")) as connection:
        database.about(connection)


def test_an_error_of_the_rows_is_passed_on(tmp_path: Path) -> None:
    def broken():
        yield ROWS[0]
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        database.write(tmp_path / "shard", TABLE, broken())
