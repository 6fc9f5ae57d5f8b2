"""Structs whose fields are columns."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core.exceptions import BadRequest
from google.cloud import bigquery

from tests.localcloud.services.bigquery.queries import rows

VERSIONS = "(SELECT 1 AS k, 2 AS v UNION ALL SELECT 1, 3) AS t"


@pytest.mark.parametrize(
    ("query", "names", "expected"),
    [
        ("SELECT AS STRUCT 1 AS a, 2 AS b", ["a", "b"], [(1, 2)]),
        ("SELECT AS VALUE STRUCT(1 AS a, 2 AS b)", ["a", "b"], [(1, 2)]),
        ("SELECT AS VALUE 1", ["f0_"], [(1,)]),
        ("SELECT x.b, a FROM (SELECT AS STRUCT 1 AS a, 2 AS b) AS x", ["b", "a"], [(2, 1)]),
        (
            f"SELECT AS VALUE ARRAY_AGG(t ORDER BY v DESC LIMIT 1)[OFFSET(0)] FROM {VERSIONS} GROUP BY k",
            ["k", "v"],
            [(1, 3)],
        ),
        (
            f"SELECT k, ARRAY_AGG(STRUCT(v) ORDER BY v LIMIT 1)[OFFSET(0)].* FROM {VERSIONS} GROUP BY k",
            ["k", "v"],
            [(1, 2)],
        ),
        ("WITH w AS (SELECT 5 AS a) SELECT STRUCT(a, 2 AS b).* EXCEPT (b) FROM w", ["a"], [(5,)]),
    ],
)
def test_fields_are_columns(
    client: bigquery.Client, query: str, names: list[str], expected: list[tuple[Any, ...]]
) -> None:
    result = client.query(query).result()
    assert [field.name for field in result.schema] == names
    assert [tuple(row.values()) for row in result] == expected


def test_values_of_an_expression_stay_values(client: bigquery.Client) -> None:
    assert rows(client, "SELECT ARRAY(SELECT AS VALUE STRUCT(1 AS a)), (SELECT AS STRUCT 2 AS b)") == [
        ([{"a": 1}], {"b": 2})
    ]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            "SELECT x FROM (SELECT AS VALUE t FROM (SELECT 1 AS a) AS t) AS x",
            "SELECT AS VALUE in FROM is not supported",
        ),
        ("SELECT *, STRUCT(1 AS a).* FROM (SELECT 1 AS k)", r"\* beside a struct's \.\* is not supported"),
        ("SELECT (1 + 1).*", "A star over what is no struct"),
    ],
)
def test_what_is_not_supported_is_named(client: bigquery.Client, query: str, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        rows(client, query)
