"""Every type of a column: its forms, and what of JSON is a value of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import jsonschema
import pyarrow as pa
import pytest
from pyiceberg.schema import Schema

from pipelines.contracts import Column, Table
from pipelines.contracts.schemas import arrow_type, json_schema
from pipelines.contracts.types import TYPES, physical_types
from tests.pipelines.table_forms import spark_ddl

VALUES: dict[str, tuple[Any, Any]] = {
    "string": ("north", "north"),
    "long": (2**63 - 1, 2**63 - 1),
    "int": (-(2**31), -(2**31)),
    "double": (1.5, 1.5),
    "float": (2, 2.0),
    "boolean": (True, True),
    "timestamptz": ("2018-08-02T18:14:48.299+02:00", datetime(2018, 8, 2, 16, 14, 48, 299_000, UTC)),
    "date": ("2018-08-02", date(2018, 8, 2)),
}
"""Of each type a value as JSON has it, and the column's."""

MISFITS = [
    ("string", 7),
    ("long", 2**63),
    ("long", 5.5),
    ("long", True),
    ("long", "5"),
    ("int", 2**31),
    ("int", float("inf")),
    ("double", "1.5"),
    ("double", False),
    ("double", 10**400),
    ("float", None),
    ("boolean", 1),
    ("timestamptz", "2018-08-02T16:14:48"),
    ("timestamptz", 1533226488),
    ("date", "2018-08-32"),
]


@pytest.mark.parametrize("kind", TYPES)
def test_a_value_of_json_is_the_column_s_in_every_form(kind: str) -> None:
    given, expected = VALUES[kind]
    assert TYPES[kind].parse(given) == expected
    column = Column("value", kind, required=True, source="value")
    assert pa.array([expected], arrow_type(column)).to_pylist() == [expected]
    message = json_schema(Table("t", "n", (column,), topic="/t"))
    validator = jsonschema.Draft202012Validator(message, format_checker=jsonschema.FormatChecker())
    assert validator.is_valid({"value": given})
    assert not validator.is_valid({"value": None})


@pytest.mark.parametrize(("kind", "value"), MISFITS)
def test_a_value_that_does_not_fit_is_refused(kind: str, value: Any) -> None:
    with pytest.raises((ValueError, TypeError, OverflowError)):
        TYPES[kind].parse(value)


def test_whole_numbers_are_taken_in_either_form() -> None:
    assert TYPES["long"].parse(528.0) == 528
    assert isinstance(TYPES["long"].parse(528.0), int)


@pytest.mark.parametrize("kind", TYPES)
def test_the_arrow_type_is_what_pyiceberg_makes_of_the_name(kind: str) -> None:
    field = {"id": 1, "name": "value", "type": kind, "required": False}
    (theirs,) = Schema.model_validate({"type": "struct", "fields": [field]}).as_arrow()
    assert str(theirs.type).removeprefix("large_") == str(arrow_type(Column("value", kind)))


def test_spark_has_every_type() -> None:
    columns = tuple(Column(kind, kind, required=kind == "string") for kind in TYPES)
    assert spark_ddl(Table("t", "n", columns)) == (
        "string STRING NOT NULL, long BIGINT, int INT, double DOUBLE, float FLOAT, boolean BOOLEAN, "
        "timestamptz TIMESTAMP, date DATE"
    )


def test_physical_types_by_logical_type_the_default_first() -> None:
    assert physical_types() == {
        "string": ["string"],
        "integer": ["long", "int"],
        "number": ["double", "float"],
        "boolean": ["boolean"],
        "timestamp": ["timestamptz"],
        "date": ["date"],
    }


def test_limits_are_values_of_the_column() -> None:
    limit = TYPES["timestamptz"].limit
    assert limit is not None
    assert limit("2010-01-01T00:00:00Z") == datetime(2010, 1, 1, tzinfo=UTC)
    for text in ("2010-01-01", "2010-01-01T00:00:00", "2010-01-01T00:00:00+02:00", "2010-02-30T00:00:00Z"):
        with pytest.raises(ValueError, match=r"2010|day is out of range"):
            limit(text)
    assert [kind for kind, one in TYPES.items() if one.limit is None] == ["string", "boolean", "date"]
