"""UNION, INTERSECT and EXCEPT: what is refused of them, and what is not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from localcloud.services.common import GoogleError
from tests.localcloud.services.bigquery.queries import answer

DAY = "SELECT DATE '2026-01-01' AS d"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT 1 AS a UNION ALL SELECT 1.5", [(1.0,), (1.5,)]),
        ("SELECT NUMERIC '1' AS a UNION ALL SELECT -2.5", [(Decimal(1),), (Decimal("-2.5"),)]),
        (
            "SELECT CAST(NULL AS NUMERIC) UNION ALL SELECT 1 UNION ALL SELECT 0.1",
            [(None,), (Decimal(1),), (Decimal("0.1"),)],
        ),
        (f"SELECT d > '2025-12-31' FROM ({DAY} UNION ALL SELECT '2024-01-01') ORDER BY d", [(False,), (True,)]),
        ("SELECT NULL AS a UNION ALL SELECT 'x'", [(None,), ("x",)]),
        (f"SELECT CAST(d AS STRING) FROM ({DAY} UNION ALL SELECT '2026-01-02')", [("2026-01-01",), ("2026-01-02",)]),
        ("SELECT 1 AS a, 'x' AS b UNION ALL BY NAME SELECT 'y' AS b, 2 AS a", [(1, "x"), (2, "y")]),
        ("SELECT 1 UNION DISTINCT SELECT 1", [(1,)]),
    ],
)
def test_columns_with_a_type_in_common(query: str, expected: list[tuple[Any, ...]]) -> None:
    assert sorted(answer(query), key=str) == sorted(expected, key=str)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT 1 UNION ALL SELECT 'x'", "Column 1 in UNION ALL has incompatible types: a number, STRING"),
        (f"{DAY} UNION DISTINCT SELECT 1", "Column 1 in UNION DISTINCT has incompatible types: a date or timestamp, a"),
        ("SELECT 1, TRUE INTERSECT DISTINCT SELECT 1, 2", "Column 2 in INTERSECT DISTINCT has incompatible types"),
        ("SELECT 1 INTERSECT ALL SELECT 1", "INTERSECT ALL is not supported; use INTERSECT DISTINCT"),
        ("SELECT 1 EXCEPT ALL SELECT 1", "EXCEPT ALL is not supported"),
        ("SELECT 1 AS a UNION ALL CORRESPONDING SELECT 2 AS a", "UNION with CORRESPONDING"),
        ("SELECT 1 AS a INNER UNION ALL BY NAME SELECT 2 AS a", "of a part of the columns, is not supported here"),
    ],
)
def test_what_is_refused(query: str, said: str) -> None:
    with pytest.raises(GoogleError, match=said):
        answer(query)
