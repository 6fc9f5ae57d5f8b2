"""Clauses within an aggregation's parentheses."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.services.common import GoogleError
from tests.localcloud.services.bigquery.functions.evaluation import row

NUMBERS = "UNNEST([1, NULL, 3, 2]) AS x"
PAIRS = "UNNEST([STRUCT(1 AS x, 2 AS y), (3, 4), (5, 4), (7, NULL)])"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"SELECT ARRAY_AGG(x IGNORE NULLS ORDER BY x DESC LIMIT 2) FROM {NUMBERS}", [3, 2]),
        (f"SELECT ARRAY_AGG(DISTINCT x IGNORE NULLS ORDER BY x) FROM {NUMBERS}", [1, 2, 3]),
        (f"SELECT ARRAY_LENGTH(ARRAY_AGG(x RESPECT NULLS)) FROM {NUMBERS}", 4),
        (f"SELECT ARRAY_AGG(x ORDER BY x DESC LIMIT 1) FROM {NUMBERS}", [3]),
        ("SELECT STRING_AGG(x, '-' ORDER BY x DESC LIMIT 2) FROM UNNEST(['a', 'b', NULL, 'c']) AS x", "c-b"),
        (f"SELECT MAX(x HAVING MAX y) FROM {PAIRS}", 5),
        (f"SELECT SUM(x HAVING MAX y) FROM {PAIRS}", 8),
        (f"SELECT COUNT(x HAVING MIN y) FROM {PAIRS}", 1),
        (f"SELECT ANY_VALUE(x HAVING MIN y) FROM {PAIRS}", 1),
        (
            "SELECT APPROX_TOP_COUNT(x, 1) FROM UNNEST(['a', 'b', 'b']) AS x",
            [{"value": "b", "count": 2}],
        ),
    ],
)
def test_values(query: str, expected: Any) -> None:
    assert row(query) == (expected,)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT STRING_AGG(x) FROM UNNEST([b'a']) AS x", "STRING_AGG of BYTES is not supported here"),
        (
            f"SELECT VARIANCE(x HAVING MAX y) FROM {PAIRS}",
            "HAVING MAX and HAVING MIN are not supported here in VARIANCE",
        ),
        (f"SELECT LAG(x, -1) OVER (ORDER BY x) FROM {NUMBERS}", "cannot be null or negative"),
        ("SELECT SUM(x) FROM UNNEST([1e308, 1e308]) AS x", "double overflow"),
    ],
)
def test_errors(query: str, said: str) -> None:
    with pytest.raises(GoogleError, match=said):
        row(query)
