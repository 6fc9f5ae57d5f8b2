"""Aggregate calls: over nothing, over NULL and NaN, and with modifiers in their parentheses."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.services.common import GoogleError
from tests.localcloud.services.bigquery.queries import answer

NOTHING = "UNNEST(ARRAY<BOOL>[]) AS x"
PAIRS = "UNNEST([STRUCT(1 AS x, 2 AS y), (5, 2), (5, 2), (0, 1), (9, NULL)])"
NAN = "UNNEST([1.0, CAST('nan' AS FLOAT64), NULL]) AS x"


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("COUNTIF(x) FROM UNNEST([CAST(NULL AS BOOL)]) AS x", 0),
        (f"COUNTIF(x) FROM {NOTHING}", 0),
        ("COUNTIF(x > 1) FROM UNNEST([1, 2, 3]) AS x", 2),
        ("COUNTIF(DISTINCT x > 1) FROM UNNEST([1, 2, 3]) AS x", 1),
        ("COUNTIF(x) OVER (ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING) FROM UNNEST([TRUE]) AS x", 0),
        ("ARRAY_AGG(x LIMIT 1) FROM UNNEST([3, 1]) AS x", [3]),
        ("ARRAY_AGG(x IGNORE NULLS ORDER BY x DESC LIMIT 1) FROM UNNEST([3, NULL, 1]) AS x", [3]),
        ("ARRAY_AGG(DISTINCT x IGNORE NULLS ORDER BY x LIMIT 5) FROM UNNEST([3, NULL, 1, 3]) AS x", [1, 3]),
        ("ARRAY_LENGTH(ARRAY_AGG(x RESPECT NULLS)) FROM UNNEST([3, NULL]) AS x", 2),
        ("ANY_VALUE(x IGNORE NULLS) FROM UNNEST([NULL, 3]) AS x", 3),
        ("ARRAY_CONCAT_AGG(x ORDER BY x[OFFSET(0)] LIMIT 2) FROM UNNEST([STRUCT([3] AS x), STRUCT([1])])", [1, 3]),
        ("STRING_AGG(x, ';' ORDER BY x LIMIT 2) FROM UNNEST(['c', 'b', NULL, 'a']) AS x", "a;b"),
        ("STRING_AGG(x LIMIT 2) FROM UNNEST(['c', 'b', 'a']) AS x", "c,b"),
        ("STRING_AGG(x) FROM UNNEST([b'a', b'b']) AS x", b"a,b"),
        (f"MAX(x HAVING MAX y) FROM {PAIRS}", 5),
        (f"SUM(x HAVING MIN y) FROM {PAIRS}", 0),
        (f"COUNT(DISTINCT x HAVING MAX y) FROM {PAIRS}", 2),
        (f"ARRAY_AGG(x HAVING MAX y ORDER BY x DESC LIMIT 1) FROM {PAIRS}", [5]),
        (f"ANY_VALUE(x HAVING MIN y) FROM {PAIRS}", 0),
        ("ANY_VALUE(x HAVING MAX y) FROM UNNEST([STRUCT(1 AS x, 1 AS y), (NULL, 2)])", None),
        ("APPROX_TOP_COUNT(x, 2) FROM UNNEST(['a', 'b', NULL, NULL, NULL, 'b']) AS x", [
            {"value": None, "count": 3}, {"value": "b", "count": 2},
        ]),
        ("APPROX_TOP_COUNT(x, 2)[OFFSET(0)].count FROM UNNEST([7, 7]) AS x", 2),
        (f"IS_NAN(MIN(x)) FROM {NAN}", True),
        (f"IS_NAN(MIN(x) OVER ()) FROM {NAN} LIMIT 1", True),
        (f"IS_NAN(MAX(x)) FROM {NAN}", True),
        (f"MIN(x) FROM {NAN} WHERE NOT IS_NAN(x)", 1.0),
    ],
)  # fmt: skip
def test_values(query: str, value: Any) -> None:
    assert answer(f"SELECT {query}") == [(value,)]


def test_extremes_of_each_group() -> None:
    groups = "UNNEST([STRUCT(1 AS k, STRUCT(1 AS v, 2 AS w) AS x), (1, (3, 4)), (1, (5, 4)), (2, (0, 0))])"
    assert answer(f"SELECT k, SUM(x.v HAVING MAX x.w) FROM {groups} GROUP BY k ORDER BY k") == [(1, 8), (2, 0)]


def test_calls_that_are_not_offered_are_named() -> None:
    with pytest.raises(GoogleError, match="Function not found: FARM_FINGERPRINT"):
        answer("SELECT FARM_FINGERPRINT('x')")
    with pytest.raises(GoogleError, match="does not support negative or NaN weights"):
        answer("SELECT APPROX_TOP_SUM(x, -x, 1) FROM UNNEST([1]) AS x")


def test_sums_of_the_most() -> None:
    fruit = "UNNEST([STRUCT('apple' AS x, 3 AS w), ('pear', 2), ('apple', 0), ('fig', 5), ('pear', 4), ('kiwi', NULL)])"
    assert answer(f"SELECT APPROX_TOP_SUM(x, w, 2) FROM {fruit}") == [
        ([{"value": "pear", "sum": 6}, {"value": "fig", "sum": 5}],)
    ]
    large = "UNNEST([9007199254740993, 2]) AS w"
    assert answer(f"SELECT APPROX_TOP_SUM('a', w, 1) FROM {large}") == [([{"value": "a", "sum": 9007199254740995}],)]
    with pytest.raises(GoogleError, match="int64 overflow in APPROX_TOP_SUM"):
        answer("SELECT APPROX_TOP_SUM('a', w, 1) FROM UNNEST([9223372036854775807, 1]) AS w")
