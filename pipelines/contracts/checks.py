"""What every check of a contract shares: one clear line that says where, what is wrong and what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from open_data_contract_standard.model import CustomProperty

NAME = re.compile(r"[a-z][a-z0-9_]*")
"""What names of datasets, tables, columns and addresses are made of."""


class ContractError(ValueError):
    """A contract the platform can't use: which file, table and column, what is wrong and what to do, in one line."""


def custom(properties: list[CustomProperty] | None, allowed: set[str], where: str) -> dict[str, Any]:
    """The customProperties by name. ContractError for one that is not `allowed`, or given twice."""
    result: dict[str, Any] = {}
    for item in properties or []:
        options = f"use {', '.join(sorted(allowed))}" if allowed else "none is known here"
        check(item.property in allowed, where, f"unknown customProperty {item.property!r}; {options}")
        check(item.property not in result, where, f"customProperty {item.property!r} is given twice; keep one")
        result[str(item.property)] = item.value
    return result


def known(name: str, names: list[str], where: str) -> None:
    """ContractError unless there is a column of that name."""
    check(name in names, where, f"there is no column {name!r}; use one of {', '.join(names)}")


def unique(names: list[str], where: str, what: str) -> None:
    """ContractError if a name is there twice."""
    for name in names:
        check(names.count(name) == 1, where, f"{what} {name} is there twice; rename or remove one")


def check(condition: bool, where: str, problem: str) -> None:
    """ContractError unless the condition holds."""
    if not condition:
        raise ContractError(f"{where}: {problem}")


def one_line(text: str | None) -> str:
    """The text without line breaks; empty for None."""
    return " ".join((text or "").split())
