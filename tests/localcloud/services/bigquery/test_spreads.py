"""Variance, standard deviation, covariance and correlation."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.localcloud.services.bigquery.queries import answer

NAN = "CAST('nan' AS FLOAT64)"
INFINITE = "CAST('inf' AS FLOAT64)"
PAIRS = "UNNEST([STRUCT(1.0 AS y, -1.0 AS x), (2.2e+154, -2.2e+154)])"


@pytest.mark.parametrize(
    ("selected", "source", "expected"),
    [
        ("STDDEV(x), VAR_POP(x)", "UNNEST([1.0, 3.0, NULL]) AS x", (math.sqrt(2), 1.0)),
        ("STDDEV_POP(x)", f"UNNEST([{INFINITE}]) AS x", (math.nan,)),
        ("STDDEV(x)", f"UNNEST([{NAN}]) AS x", (None,)),
        ("STDDEV(x)", "UNNEST([1.0, 2.2e304, -2.2e304]) AS x", (2.2e304,)),
        ("STDDEV(DISTINCT x)", "UNNEST([1, 1, 3]) AS x", (math.sqrt(2),)),
        (
            "VAR_POP(x)",
            "UNNEST([NUMERIC '9999999999999999999999999999.1', 9999999999999999999999999999.2]) AS x",
            (0.0025,),
        ),
        ("CORR(y, x)", "UNNEST([STRUCT(1.0 AS y, 1.0 AS x)])", (None,)),
        ("CORR(y, x)", PAIRS, (-1.0,)),
        ("CORR(y, x)", "UNNEST([STRUCT(NUMERIC '1' AS y, 2 AS x), (2, 2)])", (math.nan,)),
        ("COVAR_POP(y, x)", f"UNNEST([STRUCT(1.0 AS y, 2.0 AS x), (3.0, {INFINITE})])", (math.nan,)),
        ("COVAR_SAMP(y, x)", f"UNNEST([STRUCT(1.0 AS y, 2.0 AS x), (3.0, 4.0), (NULL, {NAN})])", (2.0,)),
    ],
)
def test_values(selected: str, source: str, expected: tuple[Any, ...]) -> None:
    assert answer(f"SELECT {selected} FROM {source}") == [pytest.approx(expected, nan_ok=True)]


def test_moving_windows() -> None:
    query = """SELECT STDDEV(x) OVER w, CORR(x, x) OVER w FROM UNNEST([1.0, 3.0, 8.0]) AS x
               WINDOW w AS (ORDER BY x ROWS 1 PRECEDING) ORDER BY x"""
    assert answer(query) == [
        (None, None),
        pytest.approx((math.sqrt(2), 1.0)),
        pytest.approx((math.sqrt(12.5), 1.0)),
    ]
