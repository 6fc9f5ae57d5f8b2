"""Sums and means, and extremes of a row."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest

from localcloud.services.common import GoogleError
from tests.localcloud.services.bigquery.functions.evaluation import row


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT AVG(x) FROM UNNEST([NUMERIC '1', NUMERIC '2']) AS x", Decimal("1.5")),
        ("SELECT AVG(x) FROM UNNEST(ARRAY<NUMERIC>[]) AS x", None),
        ("SELECT SUM(x) + 1 FROM UNNEST([1, 2]) AS x", 4),
        ("SELECT LEAST(2.0, NULL, CAST('nan' AS FLOAT64))", None),
        ("SELECT GREATEST(2.0, 3)", 3.0),
    ],
)
def test_values(query: str, expected: Any) -> None:
    assert row(query) == (expected,)


@pytest.mark.parametrize(
    "query", ["SELECT LEAST(2.0, CAST('nan' AS FLOAT64))", "SELECT GREATEST(CAST('nan' AS FLOAT64), 2)"]
)
def test_nan_decides(query: str) -> None:
    (found,) = row(query)
    assert math.isnan(found)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT SUM(x) FROM UNNEST([1e308, 1e308]) AS x", "double overflow"),
    ],
)
def test_errors(query: str, said: str) -> None:
    with pytest.raises(GoogleError, match=said):
        row(query)
