"""STRUCTs are matched by position."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core.exceptions import BadRequest
from google.cloud import bigquery

from tests.localcloud.services.bigquery.queries import rows

TWO = "WITH t AS (SELECT STRUCT(1 AS a, STRUCT(2 AS b) AS s) AS x, STRUCT(1 AS c, STRUCT(2 AS d) AS e) AS y)"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("STRUCT(1 AS a) = STRUCT(1 AS b)", True),
        ("STRUCT(1 AS a) != STRUCT(1 AS b)", False),
        ("(1, 'a') = (1, 'a')", True),
        ("(1, NULL) = (1, NULL)", None),
        ("(1, NULL) = (2, NULL)", False),
        ("(1, NULL) != (2, NULL)", True),
        ("STRUCT(CAST('nan' AS FLOAT64)) = STRUCT(CAST('nan' AS FLOAT64))", False),
        ("STRUCT(1 AS a) = IF(TRUE, NULL, STRUCT(1 AS a))", None),
        ("(1, 2) IN ((1, 2), (3, 4))", True),
        ("(1, 2) IN ((1, NULL), (3, 4))", None),
        ("(1, 2) IN (SELECT (1, 2))", True),
        ("STRUCT(1 AS a, 2 AS b) IN UNNEST([STRUCT(1 AS c, 2 AS d)])", True),
        ("(1, ('a', NULL)) IN UNNEST([(1, ('b', 3)), (1, ('a', 3))])", None),
        ("(SELECT (1, ('a', NULL)) IN UNNEST(a) FROM (SELECT [(1, ('b', 3)), (1, ('a', 3))] AS a))", None),
        ("(SELECT (2, ('a', 3)) IN UNNEST(a) FROM (SELECT [(1, ('b', 3)), (1, ('a', 3))] AS a))", False),
        ("(SELECT (1, ('a', 3)) IN UNNEST(a) FROM (SELECT [(1, ('b', 3)), (1, ('a', 3))] AS a))", True),
        ("STRUCT(1 AS a) IS DISTINCT FROM STRUCT(1 AS b)", False),
        ("'ab' LIKE ANY ('x%', 'a%')", True),
        ("(1, 2)", {"_field_1": 1, "_field_2": 2}),
        ("((1, 2), 3)", {"_field_1": {"_field_1": 1, "_field_2": 2}, "_field_2": 3}),
        ("STRUCT(1 AS a, 'x')", {"a": 1, "_field_2": "x"}),
        ("STRUCT<INT64, STRING>(1, 'a')", {"_field_1": 1, "_field_2": "a"}),
        ("STRUCT<x INT64, y STRING>(1, 'a')", {"x": 1, "y": "a"}),
        ("STRUCT<x INT64, y ARRAY<STRUCT<a INT64>>>(1, [STRUCT(2)])", {"x": 1, "y": [{"a": 2}]}),
        ("ARRAY<STRUCT<a INT64>>[STRUCT(1), STRUCT(2 AS x)]", [{"a": 1}, {"a": 2}]),
        ("ARRAY<STRUCT<INT64, STRING>>[(1, 'a')]", [{"_field_1": 1, "_field_2": "a"}]),
        ("CAST(STRUCT(1 AS a, '2' AS b) AS STRUCT<c INT64, d INT64>)", {"c": 1, "d": 2}),
        ("COALESCE(STRUCT(1 AS a), STRUCT(2 AS b))", {"a": 1}),
        ("IF(FALSE, STRUCT(1 AS a), STRUCT(2 AS b))", {"a": 2}),
        ("CASE WHEN FALSE THEN STRUCT(1 AS a) ELSE STRUCT(2 AS c) END.a", 2),
        ("[STRUCT(1 AS a), STRUCT(2 AS b)]", [{"a": 1}, {"a": 2}]),
        ("ARRAY_CONCAT([STRUCT(1 AS a)], [STRUCT(2 AS b)])", [{"a": 1}, {"a": 2}]),
        ("NULLIF(STRUCT(1 AS a), STRUCT(1 AS b))", None),
        ("ARRAY(SELECT AS STRUCT 1, 2 AS b)", [{"_field_1": 1, "b": 2}]),
        ("(SELECT AS STRUCT 1 AS a, 2 AS b).b", 2),
    ],
)  # fmt: skip
def test_values(client: bigquery.Client, expression: str, value: Any) -> None:
    assert rows(client, f"SELECT {expression} AS v") == [(value,)]


def test_columns_that_are_nested_structs(client: bigquery.Client) -> None:
    same = {"a": 1, "s": {"b": 2}}
    assert rows(client, f"{TWO} SELECT x = y, x IN (y), [x, y] AS both, IF(FALSE, x, y) AS z FROM t") == [
        (True, True, [same, same], same)
    ]
    assert rows(client, f"{TWO} SELECT COUNT(*) FROM t JOIN t AS u ON t.x = u.y") == [(1,)]
    assert rows(client, f"{TWO} SELECT COUNT(*) FROM t WHERE (x.a, y.c) IN ((1, 1))") == [(1,)]
    assert rows(client, f"{TWO} SELECT STRUCT(x.a, 7), (x.a, 8) FROM t") == [
        ({"a": 1, "_field_2": 7}, {"_field_1": 1, "_field_2": 8})
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT STRUCT(1 AS a, 2 AS b) AS s UNION ALL SELECT STRUCT(3, 4)", [{"a": 1, "b": 2}, {"a": 3, "b": 4}]),
        (
            "SELECT STRUCT(1 AS a) AS s UNION ALL SELECT STRUCT(2 AS c) UNION ALL (SELECT STRUCT(3 AS d))",
            [{"a": 1}, {"a": 2}, {"a": 3}],
        ),
        ("SELECT [STRUCT(1 AS a)] AS s UNION ALL SELECT [STRUCT(2 AS c)]", [[{"a": 1}], [{"a": 2}]]),
        (f"{TWO} SELECT x AS s FROM t UNION DISTINCT SELECT y FROM t", [{"a": 1, "s": {"b": 2}}]),
        ("SELECT STRUCT(1 AS a) AS s INTERSECT DISTINCT SELECT STRUCT(1 AS c)", [{"a": 1}]),
        ("SELECT STRUCT(1 AS a) AS s EXCEPT DISTINCT SELECT STRUCT(1 AS c)", []),
    ],
)
def test_set_operations(client: bigquery.Client, query: str, expected: list[Any]) -> None:
    found = [row.s for row in client.query(query).result()]
    assert sorted(found, key=str) == sorted(expected, key=str)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("(1, 2) < (2, 3)", "< is not defined for arguments of type STRUCT"),
        ("(1, 2) = (1, 2, 3)", "No matching signature for operator ="),
        ("STRUCT<INT64>(1, 2)", "STRUCT type has 1 fields but constructor call has 2 fields"),
    ],
)
def test_what_structs_are_not_for(client: bigquery.Client, expression: str, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        rows(client, f"SELECT {expression}")
