"""Files are in the order that their table's contract says, however rows come, in memory or on disk."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.contracts.schemas import arrow_schema
from pipelines.ingest.table_file import TableFile, ascends
from tests.pipelines.datasets import CONTRACTS
from tests.pipelines.ingest.logs import START_NS

RADAR = CONTRACTS.table("drive_logs.radar_tracks")
EVENTS = CONTRACTS.table("drive_logs.events")
COMMON = {"drive_id": "d", "source_sha256": "ab" * 32}


def track(step: int, track_id: int) -> dict[str, Any]:
    values = dict.fromkeys(("forward_distance_m", "left_distance_m", "relative_speed_mps"), 1.0)
    return COMMON | values | {"timestamp": START_NS // 1000 + step, "track_id": track_id, "new_track": False}


def event(step: int, detail: str | None) -> dict[str, Any]:
    return COMMON | {"timestamp": START_NS // 1000 + step, "kind": "warning", "detail": detail}


def written(table: Any, *calls: list[dict[str, Any]], flush: bool = False) -> list[dict[str, Any]]:
    file = TableFile(table)
    for rows in calls:
        file.write(pa.Table.from_pylist(rows, schema=arrow_schema(table)))
        if flush:
            file.flush()
            assert (file.buffered, file.is_open) == (0, True)
    with file.close() as content:
        assert file.footer.num_rows == sum(map(len, calls))
        return pq.read_table(content).to_pylist()


@pytest.mark.parametrize("flush", [False, True])
@pytest.mark.parametrize(
    "calls",
    [
        [[track(0, 2), track(0, 1), track(1, 1)]],
        [[track(0, 1), track(0, 2)], [track(0, 1), track(1, 1)]],
        [[track(1, 1)], [track(0, 1)], [track(2, 1)]],
        [[track(0, 1), track(0, 2)], [track(0, 3), track(1, 1)]],
    ],
)
def test_rows_alike_in_the_first_column_are_ordered_by_the_next(calls: list[list[dict[str, Any]]], flush: bool) -> None:
    table = replace(RADAR, sort=("timestamp", "track_id"))
    rows = [(row["timestamp"], row["track_id"]) for row in written(table, *calls, flush=flush)]
    assert rows == sorted(rows)


def test_nulls_come_first() -> None:
    table = replace(EVENTS, sort=("drive_id", "detail"))
    rows = written(table, [event(0, "b"), event(1, None)], [event(2, "a")])
    assert [row["detail"] for row in rows] == [None, "a", "b"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], True),
        ([(1, 1)], True),
        ([(1, 1), (1, 1), (1, 2), (2, 0)], True),
        ([(1, 2), (1, 1)], False),
        ([(2, 1), (1, 2)], False),
        ([(1, None), (1, 1)], False),
    ],
)
def test_ascends_looks_at_the_whole_key(rows: list[tuple[int, int | None]], expected: bool) -> None:
    schema = pa.schema([("first", pa.int64()), ("second", pa.int64())])
    assert ascends(pa.Table.from_pylist([{"first": a, "second": b} for a, b in rows], schema=schema)) is expected
