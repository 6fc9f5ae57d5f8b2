"""The contract's rules over whole columns. Only columns that break one are looked at value by value."""

# pyright: reportAttributeAccessIssue=false
# pyarrow.compute makes its functions at import, so the type checker can't see them.
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.contracts.model import Column, Limit, Table
from pipelines.contracts.types import TYPES


def validate(table: Table, columns: Mapping[str, pa.Array], reasons: dict[int, str]) -> None:
    """Add row -> reason for each row that breaks a rule and has none yet: `speed.speed_mps: 412.0 is above ...`."""
    for column in table.columns:
        values = columns.get(column.name)
        if values is not None:
            for row, problem in _problems(column, values):
                reasons.setdefault(row, f"{table.name}.{column.name}: {problem}")


def _problems(column: Column, values: pa.Array) -> list[tuple[int, str]]:
    problems: list[tuple[int, str]] = []

    def add(broken: pa.Array, describe: Any) -> None:
        for row in pc.indices_nonzero(pc.fill_null(broken, False)).to_pylist():
            problems.append((row, describe(values[row].as_py())))

    if column.required and values.null_count:
        add(values.is_null(), lambda _: "is missing")
    if pa.types.is_floating(values.type):
        finite = pc.is_finite(values)
        if not pc.all(finite, min_count=0).as_py():
            add(pc.invert(finite), lambda value: f"{value} is not a finite number")
    if column.minimum is not None or column.maximum is not None:
        lowest, highest = pc.min_max(values).as_py().values()
        minimum, maximum = _limit(column, column.minimum), _limit(column, column.maximum)
        if lowest is not None and minimum is not None and lowest < minimum:
            low = pc.less(values, pa.scalar(minimum, values.type))
            add(low, lambda value: f"{_shown(value)} is below minimum {column.minimum}")
        if highest is not None and maximum is not None and highest > maximum:
            high = pc.greater(values, pa.scalar(maximum, values.type))
            add(high, lambda value: f"{_shown(value)} is above maximum {column.maximum}")
    if column.enum:
        other = pc.and_(values.is_valid(), pc.invert(pc.is_in(values, value_set=pa.array(column.enum, values.type))))
        if pc.any(other, min_count=0).as_py():
            add(other, lambda value: f"{str(value)[:80]!r} is not one of {', '.join(column.enum)}")
    return problems


def _limit(column: Column, limit: Limit | None) -> Any:
    """The contract's limit as a value of the column; None if it has none."""
    read = TYPES[column.type].limit
    return None if limit is None or read is None else read(limit)


def _shown(value: Any) -> str:
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else str(value)
