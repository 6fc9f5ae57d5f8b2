"""APPROX_QUANTILES and percentiles."""

from __future__ import annotations

import math
from typing import Any

import pytest

from localcloud.services.common import GoogleError
from tests.localcloud.services.bigquery.queries import answer

NAN = "CAST('nan' AS FLOAT64)"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT APPROX_QUANTILES(x, 2) FROM UNNEST([NULL, 1, 1, 1, 4, 5, 6, 7, 8, 9, 10]) AS x", [1, 5, 10]),
        ("SELECT APPROX_QUANTILES(DISTINCT x, 1 IGNORE NULLS) FROM UNNEST(['b', 'a', NULL]) AS x", ["a", "b"]),
        ("SELECT PERCENTILE_CONT(x, 0.5) OVER () FROM UNNEST([1.0, 2.0]) AS x LIMIT 1", 1.5),
        ("SELECT PERCENTILE_DISC(x, 0.5 IGNORE NULLS) OVER () FROM UNNEST([1.0, 2.0]) AS x LIMIT 1", 1.0),
    ],
)
def test_values(query: str, expected: Any) -> None:
    assert answer(query) == [(expected,)]


def test_nan_is_the_least() -> None:
    (found,) = answer(
        f"SELECT APPROX_QUANTILES(x, 1), ANY_VALUE(p) FROM (SELECT x, PERCENTILE_DISC(x, 0) OVER () AS p "
        f"FROM UNNEST([1.0, {NAN}]) AS x)"
    )
    assert [math.isnan(one) for one in (*found[0], found[1])] == [True, False, True]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (f"SELECT PERCENTILE_CONT(x, 0.5) OVER () FROM UNNEST([1.0, {NAN}]) AS x", "over NaN"),
        ("SELECT PERCENTILE_CONT(x, 0.5) OVER () FROM UNNEST([NUMERIC '1']) AS x", "of a NUMERIC is not supported"),
        ("SELECT APPROX_QUANTILES(x, 2 RESPECT NULLS) FROM UNNEST([1]) AS x", "with RESPECT NULLS"),
        ("SELECT APPROX_QUANTILES(x, x) FROM UNNEST([1]) AS x", "must be a constant"),
    ],
)
def test_refusals(query: str, said: str) -> None:
    with pytest.raises(GoogleError, match=said):
        answer(query)
