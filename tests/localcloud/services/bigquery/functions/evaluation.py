"""Values of expressions, without a service: planned and run in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest

from localcloud.services.common import GoogleError
from tests.localcloud.services.bigquery.queries import answer


@cache
def values(*expressions: str) -> dict[str, Any]:
    """The value of each expression, all in one query."""
    columns = ", ".join(f"{one} AS c{place}" for place, one in enumerate(expressions))
    return dict(zip(expressions, row(f"SELECT {columns}"), strict=True))


def row(query: str) -> tuple[Any, ...]:
    """The one row of a query's result."""
    (found,) = answer(query)
    return found


def table_tests(expected: Mapping[str, Any], errors: Mapping[str, str]) -> tuple[Callable[[str], None], ...]:
    """Two tests of a table: each expression has its value, and each of the others is refused with its words."""

    @pytest.mark.parametrize("expression", expected)
    def test_values(expression: str) -> None:
        assert values(*expected)[expression] == expected[expression]

    @pytest.mark.parametrize("expression", errors)
    def test_errors(expression: str) -> None:
        with pytest.raises(GoogleError, match=errors[expression]):
            values(expression)

    return test_values, test_errors
