"""Values of expressions, without a service: planned and run in this process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn

from localcloud.services.bigquery.errors import not_found
from localcloud.services.bigquery.planner import engine, plan, result_of


@dataclass(frozen=True)
class NoTables:
    """What a query without a table needs to know."""

    def lookup(self, parts: tuple[str, ...], project: str, dataset: str | None) -> NoReturn:
        raise not_found("Table", ".".join(parts))


@cache
def values(*expressions: str) -> dict[str, Any]:
    """The value of each expression, all in one query."""
    columns = ", ".join(f"{one} AS c{place}" for place, one in enumerate(expressions))
    return dict(zip(expressions, row(f"SELECT {columns}"), strict=True))


def row(query: str) -> tuple[Any, ...]:
    """The one row of a query's result."""
    made = plan(query, NoTables(), "p", None, {})
    with engine() as connection:
        table, _ = result_of(made, connection, lambda: None)
    (found,) = zip(*(column.to_pylist() for column in table.columns), strict=True)
    return found
