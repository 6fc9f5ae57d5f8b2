"""What a function of GoogleSQL is in the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Returns = str | int | Callable[[list[Any]], Any]


@dataclass(frozen=True)
class Function:
    """One function: a macro of DuckDB's SQL with an overload for each signature, or Python for what SQL can't say.

    `returns` is a type of GoogleSQL's, the number of the argument whose type it is, or makes a type of the arguments'
    types. `part` is the number of the argument that is a part of a date, as in DATE_TRUNC(d, MONTH). `signature` of a
    Python function is in DuckDB's types, `VARCHAR, BIGINT -> VARCHAR`; it is NULL where an argument is, and a
    ValueError is the query's error.
    """

    returns: Returns
    macro: str = ""
    python: Callable[..., Any] | None = None
    signature: str = ""
    part: int | None = None


def sql(returns: Returns, macro: str, part: int | None = None) -> Function:
    return Function(returns, " ".join(macro.split()), part=part)


def python(returns: Returns, made: Callable[..., Any], signature: str) -> Function:
    return Function(returns, python=made, signature=signature)
