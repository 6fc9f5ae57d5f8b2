"""Reads how a table is served (the customProperty `serve` of an ODCS schema object) into the model, with every check.

    {by: [scenario_id, drive_id, kind], time: [start_time, end_time], cell: h3_cell, name: scenarios}

`by` is required; `time` may be one name or a list of one or two; `name` is the table's if it is not given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipelines.contracts.checks import NAME, ContractError, check, known, unique
from pipelines.contracts.model import Column, Serve, Table
from pipelines.contracts.types import KEY_TYPES

KEYS = ("by", "time", "cell", "name")
TAKEN_NAME = "snapshot"
TAKEN_COLUMNS = ("start", "end", "limit", "cursor")
"""What addresses and their parameters mean already, whatever the table."""


def read_serve(value: Any, table: str, columns: Sequence[Column], where: str) -> Serve | None:
    """How the table of that name and columns is served; None if it is not. ContractError if it can't be."""
    if value is None:
        return None
    where = f"{where}: serve"
    check(isinstance(value, dict), where, f"{value!r}; write it as {{by: [column, ...]}}, with {', '.join(KEYS)}")
    for key in value:
        check(key in KEYS, where, f"unknown key {key!r}; use {', '.join(KEYS)}")
    name = value.get("name", table)
    check(isinstance(name, str) and bool(NAME.fullmatch(name)), where, f"name {name!r}: use a-z, 0-9 and _")
    check(name != TAKEN_NAME, where, f"name {name!r} is that of the snapshot itself; give another name")
    types = {column.name: column.type for column in columns}
    required = [column.name for column in columns if column.required]
    by = _by(value.get("by"), types, f"{where}: by")
    check(by[0] in required, where, f"by: {by[0]} is the column of paths, so it must be required")
    time = _time(value.get("time"), types, f"{where}: time")
    for one in time:
        check(one in required, where, f"time: {one} must be required")
    return Serve(name, by, time, _cell(value.get("cell"), types, f"{where}: cell"))


def check_names(tables: Sequence[Table]) -> None:
    """ContractError if two tables are served under one name."""
    names: dict[str, str] = {}
    for table in tables:
        if table.serve and names.setdefault(table.serve.name, table.full_name) != table.full_name:
            name = table.serve.name
            raise ContractError(f"{names[name]} and {table.full_name} are both served as {name}; give one another name")


def _by(value: Any, types: dict[str, str], where: str) -> tuple[str, ...]:
    by = _names(value, types, where)
    check(bool(by), where, "no column; name those that rows are found by, the one of paths first")
    for name in by:
        check(types[name] in KEY_TYPES, where, f"{name} is a {types[name]}; use columns of {', '.join(KEY_TYPES)}")
    return by


def _time(value: Any, types: dict[str, str], where: str) -> tuple[str, ...]:
    time = _names([value] if isinstance(value, str) else value, types, where)
    check(len(time) < 3, where, f"{len(time)} columns; name one, or those of the first and the last moment")
    for name in time:
        check(types[name] == "timestamptz", where, f"{name} is a {types[name]}, not a time")
    return time


def _cell(value: Any, types: dict[str, str], where: str) -> str | None:
    if value is None:
        return None
    (cell,) = _names([value], types, where)
    check(types[cell] == "string", where, f"{cell} is a {types[cell]}; an H3 cell is a string")
    return cell


def _names(value: Any, types: dict[str, str], where: str) -> tuple[str, ...]:
    if value is None:
        return ()
    fits = isinstance(value, list) and all(isinstance(name, str) for name in value)
    check(fits, where, f"{value!r}; give names of columns")
    for name in value:
        known(name, list(types), where)
        check(name not in TAKEN_COLUMNS, where, f"{name} is a parameter of every table's address; rename the column")
    unique(value, where, "column")
    return tuple(value)
