"""PIVOT and UNPIVOT: their columns, in order, and their rows."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.services.bigquery.planner import plan
from localcloud.services.common import GoogleError
from tests.localcloud.services.bigquery.queries import NoTables, answer

ROWS = "(SELECT * FROM UNNEST([STRUCT('k' AS k, 1 AS x, 2 AS y), ('k', 5, 2), ('l', 7, NULL)]))"
QUARTERS = "(SELECT 'kale' AS id, 2 AS q1, NULL AS q2, 4 AS q3, 5 AS q4)"


@pytest.mark.parametrize(
    ("query", "names", "expected"),
    [
        (f"{ROWS} PIVOT(SUM(x) FOR y IN (2, NULL, 3))", "k _2 NULL _3", [("k", 6, None, None), ("l", None, 7, None)]),
        (
            f"{ROWS} PIVOT(SUM(x) AS s, COUNT(*) AS n FOR y IN (2 AS two, 3))",
            "k s_two n_two s_3 n_3",
            [("k", 6, 2, None, 0), ("l", None, 0, None, 0)],
        ),
        ("(SELECT 1 AS x, -1.5 AS y) PIVOT(SUM(x) FOR y IN (-1.5, 2.5))", "minus_1_point_5 _2_point_5", [(1, None)]),
        ("(SELECT 1 AS x, 'a' AS y) PIVOT(MAX(x) FOR y IN ('a', 'b' AS bee)) AS p", "a bee", [(1, None)]),
        (
            "(SELECT 1 AS x, DATE '2026-01-02' AS y) PIVOT(MIN(x) FOR y IN (DATE '2026-01-02'))",
            "_2026_01_02",
            [(1,)],
        ),
        (
            "(SELECT 1 AS x, TRUE AS y) PIVOT(COUNTIF(x > 0) AS n, MAX(x HAVING MAX x) AS m FOR y IN (TRUE, FALSE))",
            "n_TRUE m_TRUE n_FALSE m_FALSE",
            [(1, 1, 0, None)],
        ),
        (f"{ROWS} PIVOT(ARRAY_AGG(x IGNORE NULLS ORDER BY x DESC LIMIT 1) FOR y IN (2))", "k _2",
            [("k", [5]), ("l", None)]),
        (f"{QUARTERS} UNPIVOT(v FOR q IN (q1, q2))", "id q3 q4 v q", [("kale", 4, 5, 2, "q1")]),
        (
            f"{QUARTERS} AS t UNPIVOT INCLUDE NULLS (v FOR q IN (q1 AS 1, q2 AS 2)) AS u",
            "id q3 q4 v q",
            [("kale", 4, 5, 2, 1), ("kale", 4, 5, None, 2)],
        ),
        (
            f"{QUARTERS} UNPIVOT((v, w) FOR q IN ((q1, q2) AS 'first', (q3, q4)))",
            "id v w q",
            [("kale", 2, None, "first"), ("kale", 4, 5, "q3_q4")],
        ),
    ],
)  # fmt: skip
def test_columns_and_rows(query: str, names: str, expected: list[tuple[Any, ...]]) -> None:
    query = f"SELECT * FROM {query}"
    assert [field["name"] for field in plan(query, NoTables(), "p", None, {}).fields] == names.split()
    assert sorted(answer(query), key=str) == expected


def test_a_pivot_is_a_source_like_others() -> None:
    query = "WITH t AS (SELECT 1 AS x, 2 AS y) SELECT p._2, t.x FROM t PIVOT(SUM(x) FOR y IN (2)) AS p JOIN t ON TRUE"
    assert answer(query) == [(1, 1)]


def test_values_without_a_name_are_refused() -> None:
    with pytest.raises(GoogleError, match="is not supported here without an alias"):
        answer(f"SELECT * FROM {ROWS} PIVOT(SUM(x) FOR y IN (1 + 1))")
