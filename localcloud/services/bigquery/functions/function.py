"""What a function of GoogleSQL is in the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Function:
    """One function: a macro of DuckDB's SQL with an overload for each signature, or Python for what SQL can't say.

    `returns` is a type of GoogleSQL's, the number of the argument whose type it is, or a word of `googlesql` for what
    follows from the arguments' types. `part` is the number of the argument that is a part of a date, as in
    DATE_TRUNC(d, MONTH). `texts` are the types that arguments, by their numbers, have when they are written as text:
    DATE_TRUNC('2026-01-01', MONTH). `signature` of a Python function is in
    DuckDB's types, `VARCHAR, BIGINT -> VARCHAR`;
    it is NULL where an argument is or it gives NaN, and a ValueError is the query's error.
    """

    returns: str | int
    macro: str = ""
    python: Callable[..., Any] | None = None
    signature: str = ""
    part: int | None = None
    texts: Mapping[int, str] = field(default_factory=dict)


def sql(returns: str | int, macro: str, part: int | None = None, texts: Mapping[int, str] | None = None) -> Function:
    return Function(returns, " ".join(macro.split()), part=part, texts=texts or {})


def python(returns: str | int, made: Callable[..., Any], signature: str) -> Function:
    return Function(returns, python=made, signature=signature)
