"""UNNEST: elements, their fields, their offsets."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core.exceptions import BadRequest
from google.cloud import bigquery

from tests.localcloud.services.bigquery.queries import rows

PAIRS = "UNNEST([STRUCT(1 AS aB, 2 AS b), (3, 4)])"
ARRAYS = "WITH t AS (SELECT [10, 20] AS arr, STRUCT([STRUCT(5 AS q)] AS inn) AS s)"


@pytest.mark.parametrize(
    ("query", "names", "expected"),
    [
        (f"SELECT * FROM {PAIRS}", ["aB", "b"], [(1, 2), (3, 4)]),
        (f"SELECT * FROM {PAIRS} AS x WITH OFFSET AS o", ["aB", "b", "o"], [(1, 2, 0), (3, 4, 1)]),
        (f"SELECT x.* EXCEPT (b), o FROM {PAIRS} AS x WITH OFFSET AS o", ["aB", "o"], [(1, 0), (3, 1)]),
        (f"SELECT * EXCEPT (b) REPLACE (ab + 1 AS aB) FROM {PAIRS}", ["aB"], [(2,), (4,)]),
        (f"SELECT x FROM {PAIRS} AS x WHERE b = 4", ["x"], [({"aB": 3, "b": 4},)]),
        (f"SELECT * FROM (SELECT * FROM {PAIRS}) WHERE b = 2", ["aB", "b"], [(1, 2)]),
        ("SELECT * FROM UNNEST([7, 8]) WITH OFFSET", ["f0_", "offset"], [(7, 0), (8, 1)]),
        ("SELECT offset FROM UNNEST([7, 8]) WITH OFFSET WHERE offset > 0", ["offset"], [(1,)]),
        (f"SELECT k, e.* FROM (SELECT 1 AS k) CROSS JOIN {PAIRS} AS e", ["k", "aB", "b"], [(1, 1, 2), (1, 3, 4)]),
        (f"SELECT * FROM (SELECT 1 AS k), {PAIRS}", ["k", "aB", "b"], [(1, 1, 2), (1, 3, 4)]),
        ("SELECT e FROM UNNEST([STRUCT(1 AS a), NULL]) AS e WHERE e IS NULL", ["e"], [(None,)]),
        ("SELECT q FROM UNNEST([STRUCT([STRUCT(5 AS q)] AS i)]) AS x, UNNEST(x.i)", ["q"], [(5,)]),
        ("SELECT * FROM UNNEST([(1, 'a'), (3, 'b')])", ["f0_", "f1_"], [(1, "a"), (3, "b")]),
        ("SELECT * FROM UNNEST(ARRAY<STRUCT<INT64, b STRING>>[(1, 'a')]) AS x", ["f0_", "b"], [(1, "a")]),
        ("SELECT x.* FROM UNNEST([(1, 2)]) AS x, UNNEST([(3, 4)])", ["f0_", "f1_"], [(1, 2)]),
        ("SELECT s.q FROM (SELECT 1) CROSS JOIN UNNEST([STRUCT(STRUCT(9 AS q) AS s)])", ["q"], [(9,)]),
    ],
)  # fmt: skip
def test_elements_and_their_fields(
    client: bigquery.Client, query: str, names: list[str], expected: list[tuple[Any, ...]]
) -> None:
    result = client.query(query).result()
    assert [field.name for field in result.schema] == names
    assert sorted((tuple(row.values()) for row in result), key=str) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT (SELECT SUM(x) FROM t.arr AS x) FROM t", [(30,)]),
        ("SELECT (SELECT SUM(x) FROM UNNEST(arr) AS x) FROM t", [(30,)]),
        ("SELECT (SELECT MAX(q) FROM t.s.inn) FROM t", [(5,)]),
        ("SELECT x FROM t, t.arr AS x ORDER BY x", [(10,), (20,)]),
        ("SELECT q FROM t, t.s.inn", [(5,)]),
        ("SELECT q FROM t, UNNEST(s.inn)", [(5,)]),
        ("SELECT x, o FROM t, t.arr AS x WITH OFFSET AS o ORDER BY o", [(10, 0), (20, 1)]),
        ("SELECT x, offset FROM t CROSS JOIN t.arr x WITH OFFSET ORDER BY offset", [(10, 0), (20, 1)]),
        ("SELECT x, o FROM t LEFT JOIN UNNEST(t.arr) AS x WITH OFFSET o ON x > 10", [(20, 1)]),
        ("SELECT x FROM t LEFT JOIN UNNEST(t.arr) AS x ON x > 20", [(None,)]),
        ("SELECT ARRAY(SELECT AS STRUCT * FROM UNNEST(s.inn)) FROM t", [([{"q": 5}],)]),
        ("SELECT ARRAY(SELECT AS STRUCT e.*, 1 AS n FROM t.s.inn AS e) FROM t", [([{"q": 5, "n": 1}],)]),
        ("SELECT EXISTS(SELECT 1 FROM UNNEST(s.inn) AS e WHERE e.q = 5) FROM t", [(True,)]),
    ],
)
def test_arrays_of_the_row(client: bigquery.Client, query: str, expected: list[tuple[Any, ...]]) -> None:
    assert rows(client, f"{ARRAYS} {query}") == expected


def test_in_unnest_is_no_source_of_rows(client: bigquery.Client) -> None:
    query = "SELECT y, 1 IN UNNEST([1]) FROM (SELECT 1 AS x, 2 AS y) WHERE x IN UNNEST(ARRAY<INT64>[1, 2]) ORDER BY y"
    assert rows(client, query) == [(2, True)]


def test_arrays_of_the_lake(client: bigquery.Client) -> None:
    assert rows(client, "SELECT tag FROM drive_logs.kinds, UNNEST(tags) AS tag ORDER BY tag") == [("x",), ("y",)]
    assert rows(client, "SELECT tag, offset FROM drive_logs.kinds AS k, k.tags AS tag WITH OFFSET ORDER BY tag") == [
        ("x", 0),
        ("y", 1),
    ]


def test_star_that_cannot_be_written_out(client: bigquery.Client) -> None:
    with pytest.raises(BadRequest, match="a JOIN with USING is not supported"):
        rows(client, f"SELECT * FROM (SELECT 1 AS k) AS a JOIN (SELECT 1 AS k) AS b USING (k), {PAIRS}")
