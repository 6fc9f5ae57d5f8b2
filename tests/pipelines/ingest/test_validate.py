"""The contract's rules over columns: each row that breaks one has a reason, and only one."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from pipelines.contracts import Column, Table
from pipelines.contracts.schemas import arrow_type
from pipelines.ingest.validate import validate
from tests.pipelines.datasets import CONTRACTS

SPEED = CONTRACTS.table("drive_logs.speed")


def reasons_of(column: Column, *values: Any) -> dict[int, str]:
    """The reasons of a table `t` with one column."""
    reasons: dict[int, str] = {}
    validate(Table("t", "n", (column,)), {column.name: pa.array(values, arrow_type(column))}, reasons)
    return reasons


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        (Column("a", "double", minimum=0, maximum=90), [0.0, 90.0, None], {}),
        (Column("a", "double", minimum=0), [1.0, -0.5], {1: "t.a: -0.5 is below minimum 0"}),
        (Column("a", "int", maximum=12), [13, 12], {0: "t.a: 13 is above maximum 12"}),
        (Column("a", "string", required=True), ["", None], {1: "t.a: is missing"}),
        (
            Column("a", "double"),
            [math.nan, 1.0, -math.inf],
            {0: "t.a: nan is not a finite number", 2: "t.a: -inf is not a finite number"},
        ),
        (Column("a", "string", enum=("x", "y")), ["x", "z", None], {1: "t.a: 'z' is not one of x, y"}),
        (
            Column("a", "timestamptz", minimum="2010-01-01T00:00:00Z"),
            [datetime(1970, 1, 1, tzinfo=UTC), datetime(2010, 1, 1, tzinfo=UTC)],
            {0: "t.a: 1970-01-01T00:00:00Z is below minimum 2010-01-01T00:00:00Z"},
        ),
        (Column("a", "double", minimum=0, required=True), [], {}),
    ],
)
def test_a_rule_names_the_rows_that_break_it(column: Column, values: list[Any], expected: dict[int, str]) -> None:
    assert reasons_of(column, *values) == expected


def test_the_first_reason_of_a_row_stays() -> None:
    reasons = {0: "not a JSON object"}
    validate(SPEED, {"speed_mps": pa.array([None, -1.0, 412.0])}, reasons)
    assert reasons == {
        0: "not a JSON object",
        1: "speed.speed_mps: -1.0 is below minimum 0",
        2: "speed.speed_mps: 412.0 is above maximum 90",
    }


def test_columns_that_are_not_given_are_not_asked_for() -> None:
    reasons: dict[int, str] = {}
    validate(SPEED, {}, reasons)
    assert reasons == {}
