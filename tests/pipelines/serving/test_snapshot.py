"""Databases are mapped as their manifest says, and each thread reads on a connection of its own."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipelines.serving.snapshot import MappedShard, Reader, SnapshotError, TooMuchWorkError, Work, empty
from pipelines.snapshots import database
from pipelines.snapshots.served_table import shard_of
from tests.pipelines.serving.published import DRIVES, READINGS, START, drive, key_text, mapped, write_database

COUNT = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT max(i) FROM n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "0.sqlite"
    write_database(path, DRIVES, [drive("d1"), drive("d2")])
    return path


def test_a_database_must_have_as_many_rows_as_its_manifest_says(path: Path) -> None:
    assert MappedShard(path, DRIVES, 2).longest == 60_000_000
    with pytest.raises(SnapshotError, match=r"^it has 2 rows, its manifest says 5$"):
        MappedShard(path, DRIVES, 5)


def test_a_database_of_another_table_is_refused(path: Path) -> None:
    with pytest.raises(SnapshotError, match=r"^it is no database of readings: no such column: \w+"):
        MappedShard(path, READINGS, 2)


@pytest.mark.parametrize("content", [b"", b"not a database" * 1000])
def test_what_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "0.sqlite"
    path.write_bytes(content)
    with pytest.raises(SnapshotError, match=r"^it is no database of drives: [^\n]+$"):
        MappedShard(path, DRIVES, 2)


def test_work_is_counted_over_all_statements(path: Path) -> None:
    reader = Reader(path)
    work = Work(100)
    assert reader.row(work, COUNT, (20_000,)) == (20_000,)
    assert 0 < work.left < 95
    with pytest.raises(TooMuchWorkError):
        reader.row(work, COUNT, (10_000_000,))
    assert reader.row(Work(100), COUNT, (3,)) == (3,)


def test_other_errors_stay_what_they_are(path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        Reader(path).row(Work(1), "SELECT 1 FROM elsewhere", ())
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        Reader(path).row(Work(1), "DELETE FROM rows", ())


def test_threads_read_beside_each_other(path: Path) -> None:
    shard = MappedShard(path, DRIVES, 2)
    with shard.reader() as one, shard.reader() as other:
        assert one is not other
        with ThreadPoolExecutor(1) as threads:
            found = threads.submit(one.row, Work(1), "SELECT count(*) FROM rows", ()).result()
        assert found == other.row(Work(1), "SELECT count(*) FROM rows", ()) == (2,)
    with shard.reader() as again:
        assert again in (one, other)


def test_what_is_mapped_stays_readable_when_the_file_is_gone(path: Path) -> None:
    shard = MappedShard(path, DRIVES, 2)
    path.unlink()
    assert shard.own.row(Work(1), "SELECT count(*) FROM rows", ()) == (2,)


@pytest.mark.parametrize("column", READINGS.by)
def test_a_key_is_in_the_shard_that_publish_puts_it_in(tmp_path: Path, column: str) -> None:
    row = {"sensor": -7, "day": START.date(), "taken": START, "good": False, "place": 3, "value": None}
    table = type(READINGS)("readings", "", READINGS.columns, (column,), (), None, ("sensor",))
    found = mapped(table, [row], 4, tmp_path)
    shard = found.shards[shard_of(key_text(row[column]), 4)]
    assert shard.rows == 1
    value = shard.own.row(Work(1), f"SELECT {database.quoted(column)} FROM rows", ())[0]
    assert found.shards_of(value) == (shard,)


def test_nothing_published_is_a_snapshot_without_tables() -> None:
    assert (empty().snapshot_id, empty().tables) == ("empty", {})
