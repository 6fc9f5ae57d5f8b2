"""Names that a query uses, and those of its result's columns."""

from __future__ import annotations

import pytest
from google.api_core.exceptions import BadRequest
from google.cloud import bigquery

from tests.localcloud.services.bigquery.queries import rows

TWICE = "(SELECT 1 AS a) AS x, (SELECT 2 AS a) AS y"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (f"SELECT a FROM {TWICE}", r"Column name a is ambiguous at \[1:8\]"),
        (f"SELECT x.a FROM {TWICE}\nWHERE a = 1", r"Column name a is ambiguous at \[2:7\]"),
        (f"SELECT nope FROM {TWICE}", r"Unrecognized name: nope at \[1:8\]"),
        (f"SELECT * FROM {TWICE}", r"Duplicate column names in the result are not supported. Found duplicate\(s\): a"),
        ("SELECT * FROM (SELECT 1 AS a, 2 AS A)", r"Found duplicate\(s\): a"),
        ("SELECT 1 AS a, 2 AS A", r"Found duplicate\(s\): a"),
    ],
)
def test_names_that_do_not_stand_for_one_thing(client: bigquery.Client, query: str, said: str) -> None:
    for sql in (query, f"{query} LIMIT 1"):
        with pytest.raises(BadRequest, match=said):
            rows(client, sql)


def test_duplicates_below_the_result_do_no_harm(client: bigquery.Client) -> None:
    assert rows(client, "SELECT b FROM (SELECT 1 AS a, 2 AS a, 3 AS b)") == [(3,)]


def test_unnamed_columns_and_fields(client: bigquery.Client) -> None:
    result = client.query("SELECT 1, 2 AS b, 3, ARRAY(SELECT AS STRUCT 4, 5 AS c) AS s").result()
    assert [field.name for field in result.schema] == ["f0_", "b", "f1_", "s"]
    assert [field.name for field in result.schema[3].fields] == ["_field_1", "c"]
