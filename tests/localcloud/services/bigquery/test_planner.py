"""From a query's text to what is read: views, joins, names, and what is no query."""

from __future__ import annotations

import pytest
from google.api_core.exceptions import BadRequest
from google.cloud import bigquery
from google.cloud.bigquery import QueryJobConfig

from tests.localcloud.services.bigquery.conftest import PROJECT
from tests.localcloud.services.bigquery.queries import TABLE, rows


def test_aggregate_over_a_view_and_over_the_lake_agree(client: bigquery.Client) -> None:
    query = "SELECT drive_id, COUNT(*) AS n, MAX(speed_mps) AS top FROM {} GROUP BY drive_id ORDER BY drive_id"
    expected = [("a", 100, 49.5), ("b", 100, 49.5)]
    assert rows(client, query.format("drive_logs.speed")) == expected
    assert rows(client, query.format(f"`{PROJECT}.drive_logs.speed`")) == expected
    assert rows(client, query.format(TABLE)) == expected


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
