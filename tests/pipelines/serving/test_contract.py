"""The interface has the columns that the contracts declare, and finds cells of the resolution that ingest derives."""

from __future__ import annotations

from types import NoneType
from typing import get_args

import pytest
from pydantic import BaseModel

from pipelines.serving.app import DriveLog, Scenario
from pipelines.serving.h3_range import CELL_RESOLUTION
from tests.pipelines.ingest.logs import CONTRACTS


@pytest.mark.parametrize(
    ("model", "table"),
    [(DriveLog, "drive_logs.drives"), (Scenario, "scenarios.scenarios")],
    ids=["drives", "scenarios"],
)
def test_a_model_has_the_columns_of_its_table(model: type[BaseModel], table: str) -> None:
    columns = {column.name: column.required for column in CONTRACTS.table(table).columns}
    fields = model.model_fields
    assert {name: NoneType not in get_args(field.annotation) for name, field in fields.items()} == columns
    # A row is sent as it is stored, so all of its columns are there.
    assert all(field.is_required() for field in fields.values())


def test_cells_have_the_resolution_that_ingest_derives() -> None:
    derived = [column.derived for column in CONTRACTS.table("drive_logs.ego_pose").columns if column.derived]
    assert [(call.function, call.parameters) for call in derived] == [("h3_cell", (CELL_RESOLUTION,))]
