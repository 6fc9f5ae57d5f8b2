"""One SELECT is taken from a query's text, whatever stands around it."""

from __future__ import annotations

import pytest
from google.cloud import bigquery

from localcloud.services.bigquery.googlesql import DIALECT
from localcloud.services.bigquery.statements import parsed
from localcloud.services.common import GoogleError
from tests.localcloud.services.bigquery.queries import rows


@pytest.mark.parametrize(
    "query", ["SELECT 1; -- done", "SELECT 1;\n/* done */", "# first\nSELECT 1 /* 1 */;", "SELECT 1;;", "(SELECT 1)"]
)
def test_comments_and_semicolons(client: bigquery.Client, query: str) -> None:
    assert rows(client, query) == [(1,)]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT x FROM UNNEST([1]) AS x TABLESAMPLE SYSTEM (10 PERCENT)", "TABLESAMPLE is for tables only"),
        ("SELECT NEXT_DAY(CURRENT_DATE(), 'Mon')", "Function not found: NEXT_DAY"),
        ("", "One statement at a time, please: the query has 0"),
        ("-- nothing", "One statement at a time, please: the query has 0"),
        ("SELECT 1; SELECT 2", "One statement at a time, please: the query has 2"),
        ("DECLARE x INT64 DEFAULT 1; SELECT x", "DECLARE is not supported: a query is one SELECT here, no script"),
        ("BEGIN SELECT 1; END", "BEGIN is not supported: a query is one SELECT"),
        ("SELECT 1; CREATE TABLE a.b AS SELECT 1", "CREATE is not supported"),
        ("CREATE TEMP FUNCTION f() AS (1); SELECT f()", "CREATE is not supported"),
        ("SELECT CAST(x AS TIMESTAMP(12))", "TIMESTAMP of another precision than 6 is not supported here"),
        ("VALUES (1)", "VALUES is not supported: write SELECT * FROM UNNEST"),
        ("FROM UNNEST([1]) AS x |> WHERE x > 1", "Pipe syntax (|>) is not supported here"),
        ("-- first\nINSERT INTO t.x VALUES (1)", "INSERT is not supported: tables of the lake are written by Spark"),
        ("CREATE TEMP FUNCTION f() AS (1)", "CREATE is not supported"),
        ("CALL p.x()", "CALL is not supported"),
        ("EXECUTE IMMEDIATE 'SELECT 1'", "EXECUTE is not supported"),
        ("EXPORT DATA OPTIONS (uri = 'gs://b/*') AS SELECT 1", "EXPORT is not supported"),
        ("SET x = 1", "SET is not supported"),
    ],
)
def test_anything_else_is_named(query: str, said: str) -> None:
    with pytest.raises(GoogleError) as caught:
        parsed(query)
    assert (caught.value.code, caught.value.reason) == (400, "invalidQuery")
    assert caught.value.message.startswith(said)


@pytest.mark.parametrize(
    ("table", "unnested"),
    [
        ("t, t.arr AS x WITH OFFSET AS o", "t CROSS JOIN UNNEST(t.arr) AS x WITH OFFSET AS o"),
        ("t JOIN t.s.arr x WITH OFFSET o ON TRUE", "t JOIN UNNEST(t.s.arr) AS x WITH OFFSET AS o ON TRUE"),
        ("t, t.arr WITH OFFSET", "t CROSS JOIN UNNEST(t.arr) WITH OFFSET AS offset"),
        ("UNNEST([1]) WITH OFFSET AS o", "UNNEST([1]) WITH OFFSET AS o"),
        ("UNNEST(t.arr) AS x WITH OFFSET AS o", "UNNEST(t.arr) AS x WITH OFFSET AS o"),
    ],
)
def test_with_offset_implies_unnest(table: str, unnested: str) -> None:
    assert parsed(f"SELECT 1 FROM {table}").sql(DIALECT) == f"SELECT 1 FROM {unnested}"


def test_fields_of_json_literals(client: bigquery.Client) -> None:
    assert rows(client, """SELECT JSON '{"a": {"b": 7}}'.a.b, JSON '{"a": [1]}'['a']""") == [(7, [1])]
