"""From a query's text to what is read: views, joins, names, and what is no query."""

from __future__ import annotations

import pytest
from google.api_core.exceptions import BadRequest, NotFound
from google.cloud import bigquery
from google.cloud.bigquery import QueryJobConfig

from tests.localcloud.services.bigquery.conftest import PROJECT, view
from tests.localcloud.services.bigquery.queries import TABLE, rows


def test_aggregate_over_a_view_and_over_the_lake_agree(client: bigquery.Client) -> None:
    query = "SELECT drive_id, COUNT(*) AS n, MAX(speed_mps) AS top FROM {} GROUP BY drive_id ORDER BY drive_id"
    expected = [("a", 100, 49.5), ("b", 100, 49.5)]
    assert rows(client, query.format("drive_logs.speed")) == expected
    assert rows(client, query.format(f"`{PROJECT}.drive_logs.speed`")) == expected
    assert rows(client, query.format(TABLE)) == expected


def test_view_with_a_clause_behind_its_table(client: bigquery.Client) -> None:
    inner = "(SELECT drive_id, speed_mps FROM drive_logs.speed)"
    view(client, "drive_logs.pivoted", f"SELECT * FROM {inner} PIVOT(COUNT(*) FOR drive_id IN ('a', 'b'))")
    view(client, "drive_logs.none", "SELECT * FROM drive_logs.speed TABLESAMPLE SYSTEM (0 PERCENT)")
    assert rows(client, "SELECT a, b FROM drive_logs.pivoted WHERE speed_mps = 0") == [(1, 1)]
    assert rows(client, "SELECT COUNT(*) FROM drive_logs.none") == [(0,)]


def test_with_join_window_unnest_and_union(client: bigquery.Client) -> None:
    query = f"""
        WITH fast AS (SELECT * FROM drive_logs.speed WHERE speed_mps >= 49)
        SELECT fast.drive_id, ROW_NUMBER() OVER (PARTITION BY fast.drive_id ORDER BY fast.timestamp) AS n, k
        FROM fast JOIN {TABLE} AS again USING (drive_id, timestamp) CROSS JOIN UNNEST(['k']) AS k
        WHERE again.drive_id = 'b'
        UNION ALL SELECT 'none', 0, 'z'
        ORDER BY n
    """
    assert rows(client, query) == [("none", 0, "z"), ("b", 1, "k"), ("b", 2, "k")]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT nope FROM drive_logs.speed", r"Unrecognized name: nope at \[1:8\]"),
        ("SELECT 1\nFROM drive_logs.speed WHERE", r"Syntax error: .* at \[2:\d+\]"),
        ("SELEC 1", r"Syntax error: Invalid expression / Unexpected token at \[1:7\]"),
        ("", "One statement at a time, please: the query has 0"),
        ("-- nothing", "One statement at a time, please: the query has 0"),
        ("SELECT 1; SELECT 2", "One statement at a time"),
        ("-- first\nINSERT INTO drive_logs.speed VALUES (1)", "INSERT is not supported"),
        ("DECLARE x INT64 DEFAULT 1; SELECT x", "One statement at a time"),
        ("SELECT @@time_zone", "System variable @@time_zone is not supported"),
        ("INSERT INTO drive_logs.speed VALUES (1)", "INSERT is not supported: tables of the lake are written by Spark"),
        ("UPDATE drive_logs.speed SET speed_mps = 1 WHERE TRUE", "UPDATE is not supported"),
        ("DELETE FROM drive_logs.speed WHERE TRUE", "DELETE is not supported"),
        ("MERGE drive_logs.speed USING drive_logs.kinds ON FALSE WHEN MATCHED THEN DELETE", "MERGE is not supported"),
        ("CREATE TABLE drive_logs.x (a INT64)", "CREATE is not supported"),
        ("DROP TABLE drive_logs.speed", "DROP is not supported"),
        ("TRUNCATE TABLE drive_logs.speed", "TRUNCATE is not supported"),
        ("SELECT * FROM speed", 'Table "speed" must be qualified with a dataset'),
        ("SELECT FARM_FINGERPRINT('a')", "Function not found: FARM_FINGERPRINT"),
        ("SELECT drive_id, drive_id FROM drive_logs.speed", r"Found duplicate\(s\): drive_id"),
        ("SELECT @missing", "Query parameter 'missing' not found"),
        ("SELECT EXTRACT(WEEK FROM timestamp) FROM drive_logs.speed", "use ISOWEEK"),
        ("SELECT EXTRACT(WEEK(MONDAY) FROM timestamp) FROM drive_logs.speed", "use ISOWEEK"),
        ("SELECT o FROM UNNEST([30, 40]) WITH OFFSET AS o", "UNNEST WITH OFFSET needs an alias"),
        ("SELECT SESSION_USER()", r"SESSION_USER\(\) is not supported here"),
        ("SELECT * FROM drive_logs.speed FOR SYSTEM_TIME AS OF CURRENT_TIMESTAMP()", "FOR SYSTEM_TIME"),
        ("SELECT * FROM read_csv('/etc/passwd')", "Table-valued function not found: read_csv"),
        ("SELECT * FROM read_text('/etc/passwd')", "Table-valued function not found: read_text"),
        (
            "SELECT drive_id + 1 FROM drive_logs.speed",
            r"No function matches the given name and argument types '\+\(VARCHAR",
        ),
    ],
)
def test_wrong_queries_say_what_is_wrong(client: bigquery.Client, query: str, said: str) -> None:
    for dry_run in (False, True):
        with pytest.raises(BadRequest, match=said) as caught:
            client.query(query, job_config=QueryJobConfig(dry_run=dry_run)).result()
        assert "invalidQuery" in str(caught.value.errors)


def test_comments_around_a_statement(client: bigquery.Client) -> None:
    for query in ("SELECT 1; -- done", "SELECT 1;\n/* done */", "# first\nSELECT 1 /* 1 */;", "SELECT 1;;"):
        assert rows(client, query) == [(1,)]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("drive_logs.nothing", f"Not found: Table {PROJECT}:drive_logs.nothing"),
        ("nowhere.speed", f"Not found: Dataset {PROJECT}:nowhere"),
        (f"`{PROJECT}.lake.drive_logs.nothing`", f"Not found: Table {PROJECT}.lake.drive_logs.nothing"),
        (f"`{PROJECT}.lake.nowhere.speed`", f"Not found: Table {PROJECT}.lake.nowhere.speed"),
        (f"`{PROJECT}.nowhere.drive_logs.speed`", "there is no catalog nowhere"),
    ],
)
def test_missing_tables_are_named_in_full(client: bigquery.Client, name: str, said: str) -> None:
    with pytest.raises(NotFound, match=said):
        client.query(f"SELECT * FROM {name}").result()
