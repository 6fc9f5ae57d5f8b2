"""Rows are split into one part for each partition, whole and in their order."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from pipelines.contracts import Partition
from pipelines.ingest.own_rows import own_rows
from pipelines.ingest.partitions import split
from tests.pipelines.ingest.entries import SPEED
from tests.pipelines.ingest.logs import START_NS

DAY_US = 86_400 * 10**6


def rows(*days: float) -> pa.Table:
    """A row on each of the days from the start on; its speed is its place."""
    values = {
        "drive_id": [f"drive-{day}" for day in days],
        "timestamp": [START_NS // 1000 + round(day * DAY_US) for day in days],
        "source_sha256": ["ab"] * len(days),
        "speed_mps": [float(place) for place in range(len(days))],
    }
    return own_rows(SPEED, values)


def places(table: pa.Table) -> list[float]:
    return table["speed_mps"].to_pylist()


def test_days_in_any_order() -> None:
    parts = {name: places(part) for name, part in split(SPEED, rows(1, 0, 2, 0, 1))}
    assert parts == {"2026092200": [0, 4], "2026092100": [1, 3], "2026092300": [2]}


def test_one_day_is_the_rows_as_they_are() -> None:
    given = rows(3, 3)
    ((name, part),) = split(SPEED, given)
    assert (name, part is given) == ("2026092400", True)


def test_texts_have_names_that_files_can_have() -> None:
    table = replace(SPEED, partition=Partition("identity", "drive_id"))
    parts = list(split(table, rows(1, 0, 1)))
    assert [places(part) for _, part in parts] == [[0, 2], [1]]
    assert all(len(name) == 16 and name.isalnum() for name, _ in parts)


def test_times_as_they_are_are_partitions_of_their_own() -> None:
    given = rows(0, 1 / DAY_US, 0)
    parts = list(split(replace(SPEED, partition=Partition("identity", "timestamp")), given))
    assert len({name for name, _ in parts}) == 2
    assert [places(part) for _, part in parts] == [[0, 2], [1]]


def test_without_partitions_or_rows_there_is_one_part() -> None:
    assert [(name, places(part)) for name, part in split(replace(SPEED, partition=None), rows(1, 2))] == [("", [0, 1])]
    assert [name for name, _ in split(SPEED, rows())] == [""]


def test_a_small_part_does_not_keep_all_rows_in_memory() -> None:
    small = [part for _, part in split(SPEED, rows(*[0] * 10_000, 1))][1]
    assert small.get_total_buffer_size() < 1000
