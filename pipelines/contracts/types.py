"""The types a column can have: one record each, from which every form of a column derives. To add a type, add one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

DATE_TRANSFORMS = ("year", "month", "day")
TIME_TRANSFORMS = (*DATE_TRANSFORMS, "hour")
UTC_TEXT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True)
class ColumnType:
    """One type.

    name: Iceberg's.  logical: the logicalType of the data contract standard (ODCS) that it is a physicalType of.
    arrow: the function of pyarrow that makes Arrow's type, and its arguments; so this module needs no pyarrow.
    json: its JSON schema.  described: what a value has to be, for people.
    parse: a value read from JSON to the column's; ValueError, TypeError or OverflowError for one that does not fit.
    limit: a minimum or maximum as the contract writes it to the column's value, ValueError or TypeError if it can't be
    one; None if columns of the type have no limits.
    text: of a type that JSON has as text, the form of it (RE2) that Arrow's own cast reads to just what `parse` gives;
    None if that is any text.
    transforms: the partition transforms it can have beside `identity`.
    """

    name: str
    logical: str
    arrow: tuple[str, ...]
    json: dict[str, Any]
    described: str
    parse: Callable[[Any], Any]
    limit: Callable[[Any], Any] | None = None
    text: str | None = None
    transforms: tuple[str, ...] = ()


def a_number(value: Any) -> int | float:
    """The number; TypeError for anything else, true and false too."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"a {type(value).__name__} is no number")
    return value


def whole_number(bits: int) -> Callable[[Any], int]:
    """Parses whole numbers that fit into so many bits, written in either form (`5` or `5.0`)."""
    limit = 1 << (bits - 1)

    def parse(value: Any) -> int:
        if not float(a_number(value)).is_integer() or not -limit <= int(value) < limit:
            raise ValueError(f"{value!r} is no whole number of {bits} bits")
        return int(value)

    return parse


def exactly(kind: type) -> Callable[[Any], Any]:
    """Parses values that JSON has as that type already."""

    def parse(value: Any) -> Any:
        if not isinstance(value, kind):
            raise TypeError(f"a {type(value).__name__} is no {kind.__name__}")
        return value

    return parse


def zoned_time(value: Any) -> datetime:
    """ISO 8601 text with a zone as a time in UTC, in the years 1 to 9999 that all readers of the tables have."""
    time = datetime.fromisoformat(value)
    if time.tzinfo is None:
        raise ValueError(f"{value!r} has no zone")
    return time.astimezone(UTC)


def utc_limit(value: Any) -> datetime:
    """A limit of times: text like 2010-01-01T00:00:00Z."""
    if not UTC_TEXT.fullmatch(value):
        raise ValueError(f"{value!r} is not written as YYYY-MM-DDThh:mm:ssZ")
    return datetime.fromisoformat(value)


def float_number(value: Any) -> float:
    """The number as a float; zero has no sign, which JSON's readers keep of `-0.0` but not of `-0`."""
    return float(a_number(value)) + 0.0


STRING = ColumnType("string", "string", ("string",), {"type": "string"}, "text", exactly(str))
BOOLEAN = ColumnType("boolean", "boolean", ("bool_",), {"type": "boolean"}, "true or false", exactly(bool))
LONG = ColumnType(
    "long", "integer", ("int64",), {"type": "integer"}, "a whole number of 64 bits", whole_number(64), a_number
)
INT = replace(LONG, name="int", arrow=("int32",), described="a whole number of 32 bits", parse=whole_number(32))
DOUBLE = ColumnType("double", "number", ("float64",), {"type": "number"}, "a number", float_number, a_number)
FLOAT = replace(DOUBLE, name="float", arrow=("float32",))
TIMESTAMPTZ = ColumnType(
    name="timestamptz",
    logical="timestamp",
    arrow=("timestamp", "us", "UTC"),
    json={"type": "string", "format": "date-time"},
    described="a time with its zone (ISO 8601) in the years 1 to 9999",
    parse=zoned_time,
    limit=utc_limit,
    text=r"^[1-9]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$",
    transforms=TIME_TRANSFORMS,
)
DATE = ColumnType(
    name="date",
    logical="date",
    arrow=("date32",),
    json={"type": "string", "format": "date"},
    described="a date (ISO 8601)",
    parse=date.fromisoformat,
    text=r"^[1-9]\d{3}-\d\d-\d\d$",
    transforms=DATE_TRANSFORMS,
)

TYPES = {one.name: one for one in (STRING, LONG, INT, DOUBLE, FLOAT, BOOLEAN, TIMESTAMPTZ, DATE)}
"""By Iceberg's name. Of several with one logicalType the first is what a column without physicalType gets."""

KEY_TYPES = tuple(name for name, one in TYPES.items() if one.logical != "number")
"""Types of columns that rows can be found by: those with fractions are equal or not as they were rounded."""


def physical_types() -> dict[str, list[str]]:
    """logicalType -> the physicalTypes it may have, the default first."""
    found: dict[str, list[str]] = {}
    for one in TYPES.values():
        found.setdefault(one.logical, []).append(one.name)
    return found
