"""One database is searched by the index that finds the fewest rows, within the work that a request may cost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import h3
import pytest

from pipelines.serving import snapshot
from pipelines.serving.h3_range import cell_range
from pipelines.serving.lookups import find
from pipelines.serving.search import Point, Query
from pipelines.serving.snapshot import MappedTable, TooMuchWorkError, Work
from tests.pipelines.serving.published import CELLS, SCENARIOS, START, body, in_order, mapped, number, scenario

PLENTY = Work(1_000_000)


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_a_point_finds_the_first_rows_of_a_value(tmp_path: Path, limit: int) -> None:
    rows = [scenario(index, f"d{index % 2}") for index in range(6)]
    shard = mapped(SCENARIOS, rows, 1, tmp_path).shards[0]
    expected = [body(row) for row in in_order(SCENARIOS, rows) if row["drive_id"] == "d1"][:limit]
    point = Point("drive_id")
    assert point.rows(shard.own, PLENTY, "d1", limit) == (len(expected), b",\n".join(expected))
    assert point.rows(shard.own, PLENTY, "none", limit) == (0, None)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MappedTable]:
    """12,000 scenarios, one of which is of a drive and a kind of its own. Work is counted finer than it is."""
    rows = [scenario(index, f"d{index % 3}", "cut_in") | {"h3_cell": CELLS[index % 3]} for index in range(12_000)]
    rows[4_000] |= {"kind": "rare", "drive_id": "rare", "h3_cell": h3.latlng_to_cell(0, 0, 9)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshot, "STEPS", 1_000)
        yield mapped(SCENARIOS, rows, 1, tmp_path_factory.mktemp("large"))


RARE = cell_range(h3.latlng_to_cell(0, 0, 5))
COMMON = cell_range(h3.cell_to_parent(CELLS[0], 3))
AT = number(START + timedelta(seconds=4_000))


@pytest.mark.parametrize(
    ("query", "count"),
    [
        (Query({"kind": "cut_in"}), 100),
        (Query({"kind": "cut_in", "drive_id": "rare"}), 0),
        (Query({"kind": "rare", "drive_id": "rare"}), 1),
        (Query({"drive_id": "d1"}, cells=RARE), 0),
        (Query(cells=RARE), 1),
        (Query(cells=COMMON), 100),
        (Query({"kind": "cut_in"}, cells=COMMON), 100),
        (Query(start=AT, end=AT), 3),
        (Query({"drive_id": "d0"}, start=AT, end=AT), 1),
        (Query(cells=COMMON, start=AT, end=AT), 2),
        (Query(start=AT), 100),
    ],
    ids=repr,
)
def test_a_lookup_looks_at_few_rows(large: MappedTable, query: Query, count: int) -> None:
    """Whatever of it is rare; to look at all of them takes more than twice the work."""
    assert find(large, query, Work(20)).count == count
    with pytest.raises(TooMuchWorkError):
        large.shards[0].own.row(Work(40), "SELECT count(*) FROM rows WHERE kind || drive_id = 'a'", ())


def test_a_lookup_that_would_look_at_all_rows_is_ended(large: MappedTable) -> None:
    """Many are of the drive, and many in the cell, but none is both."""
    query = Query({"drive_id": "d1"}, cells=cell_range(CELLS[2]))
    with pytest.raises(TooMuchWorkError):
        find(large, query, Work(20))
    assert find(large, query, PLENTY).count == 0
