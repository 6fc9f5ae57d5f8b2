"""GoogleSQL's functions as data: name, type and meaning, by family.

Upper-case names are GoogleSQL's own; lower-case ones are used by other functions and by casts. In the engine each is
`gs_<name>`, and exists in a connection from when a query that names it is declared there.
"""

from __future__ import annotations

import contextlib
import inspect
import re
from collections.abc import Callable
from typing import Any

import duckdb

from localcloud.services.bigquery.functions import (
    arrays,
    bignumerics,
    cast_formats,
    casts,
    formats,
    json,
    json_writing,
    numbers,
    patterns,
    strings,
    time_buckets,
    times,
)
from localcloud.services.bigquery.functions.function import Function

PREFIX = "gs_"
ON_NULL: Any = "special"
"""Called with NULL too: of an engine's own handling, NULL as a result would be an error."""
CALLED = re.compile(rf"\b{PREFIX}(\w+)")
FUNCTIONS: dict[str, Function] = {
    **arrays.FUNCTIONS,
    **bignumerics.FUNCTIONS,
    **cast_formats.FUNCTIONS,
    **casts.FUNCTIONS,
    **formats.FUNCTIONS,
    **json.FUNCTIONS,
    **json_writing.FUNCTIONS,
    **numbers.FUNCTIONS,
    **patterns.FUNCTIONS,
    **strings.FUNCTIONS,
    **time_buckets.FUNCTIONS,
    **times.FUNCTIONS,
}
_BY_ENGINE_NAME = {name.lower(): function for name, function in FUNCTIONS.items()}


def engine_name(name: str) -> str:
    return PREFIX + name.lower()


def of_engine_name(name: str) -> Function | None:
    return _BY_ENGINE_NAME.get(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else None


def declare(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    """Make the functions that a query of the engine's names, and those that they name."""
    made: set[str] = set()
    _declare(connection, query, made)


def _declare(connection: duckdb.DuckDBPyConnection, text: str, made: set[str]) -> None:
    for name in CALLED.findall(text):
        function = _BY_ENGINE_NAME.get(name)
        if function is None or name in made:
            continue
        made.add(name)
        if function.python is None:
            _declare(connection, function.macro, made)
            connection.execute(f"CREATE OR REPLACE TEMP MACRO {PREFIX}{name}{function.macro}")
            continue
        takes, gives = function.signature.split(" -> ")
        types = takes.split(", ")
        with contextlib.suppress(duckdb.NotImplementedException):  # declared before on this connection
            made_of = _nullable(function.python, len(types))
            connection.create_function(PREFIX + name, made_of, types, gives, null_handling=ON_NULL)  # type: ignore[arg-type]


def _nullable(function: Callable[..., Any], arity: int) -> Callable[..., Any]:
    """The function with NULL where an argument is, and with the parameters that the engine asks for."""

    def made(*values: Any) -> Any:
        return None if None in values else function(*values)

    place = inspect.Parameter.POSITIONAL_ONLY
    made.__signature__ = inspect.Signature([inspect.Parameter(f"p{n}", place) for n in range(arity)])  # type: ignore[attr-defined]
    return made
