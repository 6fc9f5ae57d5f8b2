"""Cells as ranges: exactly the children, at the resolution that ingest derives."""

from __future__ import annotations

import h3
import pytest

from pipelines.serving.h3_range import CELL_RESOLUTION, cell_range
from tests.pipelines.datasets import CONTRACTS
from tests.pipelines.serving.published import CELLS


@pytest.mark.parametrize("resolution", [4, 6, 8, 9])
def test_cell_range_is_exactly_the_children(resolution: int) -> None:
    cell = h3.cell_to_parent(CELLS[0], resolution)
    children = sorted(h3.cell_to_children(cell, 9))
    low, high = cell_range(cell)
    assert low <= children[0]
    assert children[-1] <= high
    neighbours = [child for ring in h3.grid_ring(cell, 1) for child in h3.cell_to_children(ring, 9)]
    assert not [child for child in neighbours if low <= child <= high]


@pytest.mark.parametrize("cell", ["nonsense", "-1", "f" * 40, "", h3.latlng_to_cell(37.77, -122.42, 12)])
def test_what_is_no_cell_or_finer_than_the_tables_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match=r"is not an H3 cell index|use 9 or coarser"):
        cell_range(cell)


def test_cells_have_the_resolution_that_ingest_derives() -> None:
    derived = [column.derived for column in CONTRACTS.table("drive_logs.ego_pose").columns if column.derived]
    assert [(call.function, call.parameters) for call in derived] == [("h3_cell", (CELL_RESOLUTION,))]
