"""Shards are built from a stream of rows, and leave in parts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipelines.publish.shards import build
from pipelines.snapshots import database
from pipelines.snapshots.parts import PART_BYTES
from pipelines.snapshots.served_table import ServedColumn, ServedTable

TABLE = ServedTable("t", "", (ServedColumn("key", "string", True, ""),), ("key",), (), None, ("key",))


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The executor's folder, the first of two."""
    monkeypatch.setenv("SPARK_LOCAL_DIRS", f"{tmp_path},/nowhere")
    return tmp_path


def rows(*counts: int) -> Iterator[tuple[Any, ...]]:
    """So many rows of each shard, each shard begun by a row that is none."""
    for shard, count in enumerate(counts):
        yield shard, None, None
        for number in range(count):
            yield shard, f"k{number:06}", bytearray(b'{"key":"%06d%s"}' % (number, b"x" * 300))


def test_each_shard_is_a_database(scratch: Path) -> None:
    found = list(build(TABLE, rows(3, 0, 9000)))
    assert list(scratch.iterdir()) == []
    for shard, count in enumerate((3, 0, 9000)):
        parts = [part for part in found if part[0] == shard]
        data = b"".join(part[2] for part in parts)
        assert [part[1] for part in parts] == list(range(-(-len(data) // PART_BYTES)))
        assert {part[3:] for part in parts} == {(count, len(data), hashlib.sha256(data).hexdigest())}
        file = scratch / f"{shard}.database"
        file.write_bytes(data)
        with closing(database.connect(file)) as connection:
            assert connection.execute("SELECT count(*), max(_place) FROM rows").fetchone() == (count, count or None)
    assert len([part for part in found if part[0] == 2]) > 2


def test_nothing_stays_when_it_is_stopped_midway(scratch: Path) -> None:
    parts = build(TABLE, rows(9000))
    next(parts)
    assert len(list(scratch.iterdir())) == 1
    parts.close()  # pyright: ignore[reportAttributeAccessIssue]
    assert list(scratch.iterdir()) == []


def test_nothing_stays_when_the_rows_end_in_an_error(scratch: Path) -> None:
    def broken() -> Iterator[tuple[Any, ...]]:
        yield from rows(5)
        raise OSError("the shuffle is gone")

    with pytest.raises(OSError, match="the shuffle is gone"):
        list(build(TABLE, broken()))
    assert list(scratch.iterdir()) == []


def test_rows_are_taken_one_by_one(scratch: Path) -> None:
    """The shard's first part comes before the next shard's rows are asked for."""
    asked: list[int] = []

    def watched() -> Iterator[tuple[Any, ...]]:
        for row in rows(2, 2):
            asked.append(row[0])
            yield row

    assert next(build(TABLE, watched()))[0] == 0
    assert asked.count(1) <= 1
