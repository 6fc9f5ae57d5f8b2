"""Aggregations, and what NaN does to them and to an order."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest

from tests.localcloud.services.bigquery.functions.evaluation import row

NUMBERS = "UNNEST([1.0, CAST('nan' AS FLOAT64), NULL, -CAST('inf' AS FLOAT64)]) AS x"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT COUNTIF(x) FROM UNNEST([CAST(NULL AS BOOL)]) AS x", 0),
        ("SELECT COUNTIF(x) FROM UNNEST(ARRAY<BOOL>[]) AS x", 0),
        ("SELECT AVG(x) FROM UNNEST([NUMERIC '1', NUMERIC '2']) AS x", Decimal("1.5")),
        ("SELECT AVG(x) FROM UNNEST(ARRAY<NUMERIC>[]) AS x", None),
        ("SELECT SUM(x) + 1 FROM UNNEST([1, 2]) AS x", 4),
        ("SELECT MIN(x) FROM UNNEST([2.0, 1.0]) AS x", 1.0),
        ("SELECT MIN(x) FROM UNNEST(ARRAY<FLOAT64>[]) AS x", None),
        ("SELECT LEAST(2.0, NULL, CAST('nan' AS FLOAT64))", None),
        ("SELECT GREATEST(2.0, 3)", 3.0),
        ("SELECT ARRAY(SELECT COUNTIF(x > 1) OVER (ORDER BY x) FROM UNNEST([1, 2, 3]) AS x ORDER BY 1)", [0, 1, 2]),
        (f"SELECT ARRAY(SELECT RANK() OVER (ORDER BY x) FROM {NUMBERS} WHERE x = 1)", [1]),
    ],
)
def test_values(query: str, expected: Any) -> None:
    assert row(query) == (expected,)


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT MIN(x) FROM {NUMBERS}",
        f"SELECT MAX(x) FROM {NUMBERS}",
        f"SELECT LEAST(2.0, x) FROM {NUMBERS} WHERE IS_NAN(x)",
    ],
)
def test_nan_is_least_and_greatest(query: str) -> None:
    (found,) = row(query)
    assert math.isnan(found)


def test_nan_is_ordered_between_null_and_the_least_number() -> None:
    (up,) = row(f"SELECT ARRAY(SELECT CAST(x AS STRING) FROM {NUMBERS} WHERE x IS NOT NULL ORDER BY x)")
    (down,) = row(f"SELECT ARRAY(SELECT CAST(x AS STRING) FROM {NUMBERS} WHERE x IS NOT NULL ORDER BY x DESC)")
    assert up == ["nan", "-inf", "1"]
    assert down == up[::-1]
