"""Queries through google-cloud-bigquery: rows, types, parameters, sizes, limits, refusals."""

from __future__ import annotations

import datetime
import os
import signal
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import requests
from google.api_core.exceptions import BadRequest, Conflict, GoogleAPICallError, NotFound
from google.cloud import bigquery
from google.cloud.bigquery import ArrayQueryParameter, QueryJobConfig, ScalarQueryParameter, StructQueryParameter
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.types import LongType

from localcloud.settings import LocalCloud
from tests.localcloud.services.bigquery.conftest import KIND_ROWS, PROJECT, SPEED, START, speed_rows, view
from tests.ports import free_port_base

TABLE = f"`{PROJECT}.lake.drive_logs.speed`"


def rows(client: bigquery.Client, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    config = QueryJobConfig(query_parameters=list(parameters))
    return [tuple(row.values()) for row in client.query(query, job_config=config).result()]


def size(client: bigquery.Client, query: str) -> int:
    config = QueryJobConfig(dry_run=True)
    return client.query(query, job_config=config).total_bytes_processed


def test_aggregate_over_a_view_and_over_the_lake_agree(client: bigquery.Client) -> None:
    query = "SELECT drive_id, COUNT(*) AS n, MAX(speed_mps) AS top FROM {} GROUP BY drive_id ORDER BY drive_id"
    expected = [("a", 100, 49.5), ("b", 100, 49.5)]
    assert rows(client, query.format("drive_logs.speed")) == expected
    assert rows(client, query.format(f"`{PROJECT}.drive_logs.speed`")) == expected
    assert rows(client, query.format(TABLE)) == expected


def test_both_ways_to_run_a_query_and_arrow(client: bigquery.Client) -> None:
    query = "SELECT timestamp, speed_mps FROM drive_logs.speed WHERE drive_id = 'a' ORDER BY timestamp LIMIT 2"
    expected = [(START, 0.0), (START + datetime.timedelta(seconds=1), 0.5)]
    assert [tuple(row.values()) for row in client.query_and_wait(query)] == expected
    table = client.query(query).result().to_arrow(create_bqstorage_client=False)
    assert table.schema == pa.schema([("timestamp", pa.timestamp("us", "UTC")), ("speed_mps", pa.float64())])
    assert table["speed_mps"].to_pylist() == [0.0, 0.5]


def test_every_type_comes_back(client: bigquery.Client) -> None:
    result = client.query("SELECT * FROM drive_logs.kinds ORDER BY number DESC").result()
    assert [(field.name, field.field_type, field.mode) for field in result.schema] == [
        ("flag", "BOOLEAN", "NULLABLE"),
        ("number", "INTEGER", "NULLABLE"),
        ("price", "NUMERIC", "NULLABLE"),
        ("day", "DATE", "NULLABLE"),
        ("local", "DATETIME", "NULLABLE"),
        ("tags", "STRING", "REPEATED"),
        ("place", "RECORD", "NULLABLE"),
        ("Name", "STRING", "NULLABLE"),
    ]
    first, second = [dict(row) for row in result]
    assert first == KIND_ROWS[0] | {"price": Decimal(12)}
    assert second == KIND_ROWS[1] | {"tags": []}


def test_computed_types(client: bigquery.Client) -> None:
    query = """SELECT 1.5 AS f, SUM(number) AS big, AVG(number) AS mean, b'ab' AS bytes, TIME '01:02:03' AS t,
               TIMESTAMP_MILLIS(1500) AS ts, DATE_ADD(DATE '2026-01-31', INTERVAL 1 MONTH) AS d, [1, 2] AS list,
               STRUCT(1 AS x, [STRUCT('q' AS y)] AS z) AS s, CAST(2.5 AS INT64) AS up, NUMERIC '1.10' AS n,
               IEEE_DIVIDE(0, 0) IS NULL AS nan, CAST('NaN' AS FLOAT64) AS nn
               FROM drive_logs.kinds"""
    query = query.replace("IEEE_DIVIDE(0, 0) IS NULL AS nan, ", "")
    (row,) = client.query(query).result()
    values = dict(row)
    assert str(values.pop("nn")) == "nan"
    assert values == {
        "f": 1.5,
        "big": 2**60,
        "mean": float(2**60),
        "bytes": b"ab",
        "t": datetime.time(1, 2, 3),
        "ts": datetime.datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=datetime.UTC),
        "d": datetime.date(2026, 2, 28),
        "list": [1, 2],
        "s": {"x": 1, "z": [{"y": "q"}]},
        "up": 3,
        "n": Decimal("1.1"),
    }


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("TIMESTAMP_DIFF(TIMESTAMP '2026-01-01 02:20:00', TIMESTAMP '2026-01-01 00:30:00', HOUR)", 1),
        ("EXTRACT(DAYOFWEEK FROM DATE '2026-01-04')", 1),
        ("EXTRACT(MICROSECOND FROM TIMESTAMP '2026-01-01 00:00:05.25')", 250_000),
        ("EXTRACT(ISOWEEK FROM DATE '2026-01-01')", 1),
        ("DATE_TRUNC(DATE '2026-01-07', WEEK)", datetime.date(2026, 1, 4)),
        ("SAFE_DIVIDE(1, 0)", None),
        ("MOD(7, 3) + DIV(7, 2)", 4),
        ("FORMAT('%d km', 3)", "3 km"),
        ("ARRAY(SELECT x FROM UNNEST([3, 1, 2]) AS x ORDER BY x)", [1, 2, 3]),
        ("(SELECT ARRAY_AGG(x ORDER BY x DESC LIMIT 2) FROM UNNEST([3, 1, 2]) AS x)", [3, 2]),
        ("2 IN UNNEST([1, 2])", True),
        ("[10, 20][OFFSET(1)]", 20),
        ("REGEXP_EXTRACT('drive-42', r'[0-9]+')", "42"),
        ("IFNULL(NULL, 'x') || COALESCE(NULL, 'y')", "xy"),
        ("1 / 4", 0.25),
        ("FORMAT_TIMESTAMP('%F %T', TIMESTAMP '2026-01-01 00:00:05')", "2026-01-01 00:00:05"),
        ("FORMAT_TIMESTAMP('%F %H', TIMESTAMP '2026-07-01 23:00:05', 'Europe/Berlin')", "2026-07-02 01"),
        ("PARSE_TIMESTAMP('%F %H', '2026-01-02 01', 'Europe/Berlin') = TIMESTAMP '2026-01-02 00:00:00'", True),
        ("DATE_FROM_UNIX_DATE(1)", datetime.date(1970, 1, 2)),
        ("CAST(1.0 AS STRING) || ' ' || CAST(1.50 AS STRING) || ' ' || CAST(-0.0 AS STRING)", "1 1.5 0"),
        ("[10, 20][SAFE_OFFSET(2)]", None),
        ("[10, 20][SAFE_ORDINAL(2)]", 20),
        ("SPLIT('a/b', '/')[ORDINAL(2)]", "b"),
        ("ARRAY(SELECT o FROM UNNEST([30, 40]) AS x WITH OFFSET AS o WHERE o > 0 ORDER BY o)", [1]),
        ("FORMAT('%d', CAST(EXTRACT(DAYOFWEEK FROM DATE '2026-01-04') AS INT64))", "1"),
    ],
)
def test_expressions_have_bigquerys_meaning(client: bigquery.Client, expression: str, value: Any) -> None:
    assert rows(client, f"SELECT {expression}") == [(value,)]


def test_names_of_unnamed_and_cased_columns(client: bigquery.Client) -> None:
    result = client.query("SELECT COUNT(*), 'x', Name AS Renamed, Name FROM drive_logs.kinds GROUP BY Name").result()
    assert [field.name for field in result.schema] == ["f0_", "f1_", "Renamed", "Name"]


def test_columns_keep_their_spelling_on_every_way(client: bigquery.Client) -> None:
    view(client, "drive_logs.spelled", "SELECT number AS Number, place AS wherePlace FROM drive_logs.kinds")
    for query, expected in [
        ("SELECT * FROM drive_logs.spelled", ["Number", "wherePlace"]),
        ("SELECT * FROM (SELECT Name AS myName, flag FROM drive_logs.kinds)", ["myName", "flag"]),
        ("WITH c AS (SELECT Name AS N1, number AS n2 FROM drive_logs.kinds) SELECT * FROM c", ["N1", "n2"]),
        ("SELECT NUMBER FROM drive_logs.spelled", ["NUMBER"]),
        (
            "SELECT a.* FROM drive_logs.spelled AS a JOIN drive_logs.spelled AS b USING (number)",
            ["Number", "wherePlace"],
        ),
        ("SELECT Name AS MyName FROM drive_logs.kinds UNION ALL SELECT 'x'", ["MyName"]),
    ]:
        assert [field.name for field in client.query(query).result().schema] == expected, query
    (column,) = client.query("SELECT STRUCT(1 AS innerName) AS outerName").result().schema
    assert (column.name, column.fields[0].name) == ("outerName", "innerName")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("x = x", False),
        ("x != x", True),
        ("x > 1", False),
        ("x >= 1", False),
        ("1 < x", False),
        ("x < 1", False),
        ("x <= x", False),
        ("NOT (x > 1)", True),
        ("x BETWEEN 0 AND x", False),
        ("x IN (1.5, x)", False),
        ("x > nothing", None),
        ("x != nothing", None),
        ("one > 0.5", True),
        ("one < x", False),
    ],
)
def test_nothing_compares_with_nan(client: bigquery.Client, expression: str, value: bool | None) -> None:
    table = "(SELECT CAST('NaN' AS FLOAT64) AS x, 1.0 AS one, CAST(NULL AS FLOAT64) AS nothing)"
    assert rows(client, f"SELECT {expression} FROM {table}") == [(value,)]


def test_rows_with_nan_join_with_none(client: bigquery.Client) -> None:
    query = """WITH t AS (SELECT x FROM UNNEST([1.5, CAST('NaN' AS FLOAT64)]) AS x)
               SELECT a.x FROM t AS a JOIN t AS b ON a.x = b.x"""
    assert rows(client, query) == [(1.5,)]


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


def test_outer_join_keeps_rows_that_a_pushed_predicate_must_not_drop(client: bigquery.Client) -> None:
    query = """SELECT d.name, s.speed_mps FROM UNNEST([STRUCT('a' AS name), STRUCT('c' AS name)]) AS d
               LEFT JOIN drive_logs.speed AS s ON s.drive_id = d.name AND s.speed_mps = 10 WHERE {} ORDER BY name"""
    assert rows(client, query.format("TRUE")) == [("a", 10.0), ("c", None)]
    assert rows(client, query.format("s.speed_mps IS NULL")) == [("c", None)]
    assert rows(client, query.format("s.speed_mps > 1")) == [("a", 10.0)]


def test_named_parameters(client: bigquery.Client) -> None:
    query = """SELECT COUNT(*) AS n FROM drive_logs.speed
               WHERE drive_id IN UNNEST(@drives) AND timestamp >= @start AND speed_mps < @range.high"""
    parameters = (
        ArrayQueryParameter("drives", "STRING", ["a", "zz' OR TRUE --"]),
        ScalarQueryParameter("start", "TIMESTAMP", START + datetime.timedelta(seconds=10)),
        StructQueryParameter("range", ScalarQueryParameter("high", "FLOAT64", 10.0)),
    )
    assert rows(client, query, *parameters) == [(10,)]


def test_positional_parameters_in_the_order_of_the_text(client: bigquery.Client) -> None:
    query = "WITH c AS (SELECT ? AS first) SELECT first, ?, '?' FROM c WHERE ? = 3 -- ?"
    values = (("STRING", "one"), ("INT64", 2), ("INT64", 3))
    parameters = [ScalarQueryParameter(None, kind, value) for kind, value in values]
    assert rows(client, query, *parameters) == [("one", 2, "?")]


def test_scalar_parameters_of_every_type(client: bigquery.Client) -> None:
    values = {
        "BOOL": True,
        "INT64": -5,
        "FLOAT64": 1.25,
        "STRING": "it's",
        "BYTES": b"\x00\xff",
        "DATE": datetime.date(2026, 1, 2),
        "DATETIME": datetime.datetime(2026, 1, 2, 3, 4, 5),
        "TIMESTAMP": START,
        "NUMERIC": Decimal("3.14"),
    }
    parameters = [ScalarQueryParameter(kind, kind, value) for kind, value in values.items()]
    parameters.append(ScalarQueryParameter("none", "STRING", None))
    query = "SELECT " + ", ".join(f"@{name} AS `{name}`" for name in (*values, "none"))
    assert rows(client, query, *parameters) == [(*values.values(), None)]


def test_pages(client: bigquery.Client) -> None:
    result = client.query("SELECT timestamp FROM drive_logs.speed ORDER BY timestamp").result(page_size=64)
    pages = [list(page) for page in result.pages]
    assert [len(page) for page in pages] == [64, 64, 64, 8]
    assert result.total_rows == 200
    assert len(list(client.query("SELECT 1 FROM drive_logs.speed").result(max_results=7))) == 7
    job = client.query("SELECT drive_id FROM drive_logs.speed ORDER BY 1")
    job.result()
    assert [row.drive_id for row in client.list_rows(job.destination, job.schema, start_index=99, max_results=2)] == [
        "a",
        "b",
    ]


def test_timestamps_without_int64_are_seconds(client: bigquery.Client, cloud: LocalCloud) -> None:
    address = f"{cloud.url('bigquery')}/bigquery/v2/projects/{PROJECT}/queries"
    body = {"query": "SELECT TIMESTAMP '2026-01-01 00:00:00.5'", "useLegacySql": False}
    answer = requests.post(address, json=body, timeout=30).json()
    assert float(answer["rows"][0]["f"][0]["v"]) == START.timestamp() + 0.5


def test_dry_run_counts_only_columns_and_files_that_would_be_read(client: bigquery.Client, lake: RestCatalog) -> None:
    sizes = {
        task.file.partition[0]: task.file.column_sizes
        for task in lake.load_table("drive_logs.speed").scan().plan_files()
    }
    assert size(client, "SELECT speed_mps FROM drive_logs.speed") == sizes["a"][3] + sizes["b"][3]
    assert size(client, "SELECT * FROM drive_logs.speed WHERE drive_id = 'a'") == sum(sizes["a"].values())
    assert size(client, "SELECT COUNT(*) FROM drive_logs.speed") == 0
    assert size(client, "SELECT MAX(speed_mps) FROM drive_logs.speed WHERE timestamp < '2020-01-01'") > 0
    assert size(client, "SELECT MAX(speed_mps) FROM drive_logs.speed WHERE timestamp < TIMESTAMP '2020-01-01'") == 0
    job = client.query("SELECT speed_mps FROM drive_logs.speed")
    job.result()
    assert job.total_bytes_processed == sizes["a"][3] + sizes["b"][3]
    assert job.total_bytes_billed == 10 * 1024 * 1024
    dry = client.query("SELECT drive_id FROM drive_logs.speed", job_config=QueryJobConfig(dry_run=True))
    assert [field.name for field in dry.schema] == ["drive_id"]
    with pytest.raises(NotFound):
        client.get_job(dry.job_id)


def test_predicates_in_every_form_give_the_rows_of_a_full_read(client: bigquery.Client) -> None:
    predicates = [
        "speed_mps BETWEEN 1 AND 2.5",
        "3 > speed_mps",
        "drive_id IN ('a', 'x') AND speed_mps <= 1",
        "drive_id = 'a' OR speed_mps = 4",
        "NOT (drive_id = 'a')",
        "speed_mps IS NOT NULL AND drive_id != 'b'",
        "timestamp >= TIMESTAMP_ADD(TIMESTAMP '2026-01-01', INTERVAL 95 SECOND)",
        "DATE(timestamp) = DATE '2026-01-01' AND speed_mps < 1",
        "drive_id LIKE 'a%' AND speed_mps > 48",
        "(drive_id, speed_mps) = ('a', 2.0)",
    ]
    whole = [(row["drive_id"], row["timestamp"], row["speed_mps"]) for d in "ab" for row in speed_rows(d).to_pylist()]
    second = datetime.timedelta(seconds=1)
    tests = [
        lambda d, t, s: 1 <= s <= 2.5,
        lambda d, t, s: s < 3,
        lambda d, t, s: d == "a" and s <= 1,
        lambda d, t, s: d == "a" or s == 4,
        lambda d, t, s: d != "a",
        lambda d, t, s: d != "b",
        lambda d, t, s: t >= START + 95 * second,
        lambda d, t, s: s < 1,
        lambda d, t, s: d == "a" and s > 48,
        lambda d, t, s: d == "a" and s == 2,
    ]
    for predicate, test in zip(predicates, tests, strict=True):
        expected = [row for row in whole if test(*row)]
        query = f"SELECT * FROM drive_logs.speed WHERE {predicate} ORDER BY drive_id, timestamp"
        assert rows(client, query) == expected, predicate


def test_limit_on_bytes_billed(client: bigquery.Client) -> None:
    config = QueryJobConfig(maximum_bytes_billed=1000)
    with pytest.raises(BadRequest, match=r"limit for bytes billed: 1000\. 10485760 or higher"):
        client.query("SELECT * FROM drive_logs.speed", job_config=config).result()
    config = QueryJobConfig(maximum_bytes_billed=10485760)
    assert client.query("SELECT * FROM drive_logs.speed", job_config=config).result().total_rows == 200


def test_added_column_is_null_in_old_rows_and_in_the_views_schema(client: bigquery.Client, lake: RestCatalog) -> None:
    table = lake.create_table("drive_logs.evolving", SPEED)
    table.append(speed_rows("old", 2))
    view(client, "drive_logs.evolving", f"SELECT * FROM `{PROJECT}.lake.drive_logs.evolving`")
    with table.update_schema() as update:
        update.add_column("gear", LongType())
    table.append(speed_rows("new", 1).append_column("gear", pa.array([4], pa.int64())))
    query = "SELECT drive_id, gear FROM drive_logs.evolving ORDER BY drive_id"
    assert rows(client, query) == [("new", 4), ("old", None), ("old", None)]
    assert client.get_table("drive_logs.evolving").schema[-1].name == "gear"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT nope FROM drive_logs.speed", r"Unrecognized name: nope at \[1:8\]"),
        ("SELECT 1\nFROM drive_logs.speed WHERE", r"Syntax error: .* at \[2:\d+\]"),
        ("SELEC 1", r"Syntax error: Invalid expression / Unexpected token at \[1:7\]"),
        ("", "One statement at a time, please: the query has 0"),
        ("SELECT 1; SELECT 2", "One statement at a time"),
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


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT 1 / 0", "division by zero"),
        ("SELECT [10, 20][OFFSET(2)]", "Array index is out of bounds"),
        ("SELECT [10, 20][ORDINAL(0)]", "Array index is out of bounds"),
        ("SELECT SUM(x) AS total FROM UNNEST([9223372036854775807, 1]) AS x", "integer overflow in column total"),
    ],
)
def test_queries_that_fail_on_their_data(client: bigquery.Client, query: str, said: str) -> None:
    job = client.query(query)
    with pytest.raises(BadRequest, match=said):
        job.result()
    assert client.get_job(job.job_id).error_result["reason"] == "invalidQuery"


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


def test_jobs_keep_their_record(client: bigquery.Client) -> None:
    config = QueryJobConfig(labels={"team": "mining"})
    job = client.query("SELECT 7 AS x", job_config=config, job_id="my-own-id")
    assert [row.x for row in job.result()] == [7]
    read = client.get_job("my-own-id")
    assert isinstance(read, bigquery.QueryJob)
    assert (read.state, read.labels, read.query, read.statement_type) == (
        "DONE",
        {"team": "mining"},
        "SELECT 7 AS x",
        "SELECT",
    )
    assert "my-own-id" in [one.job_id for one in client.list_jobs(max_results=500)]
    with pytest.raises(Conflict, match="Already Exists: Job"):
        client.query("SELECT 8", job_id="my-own-id")
    with pytest.raises(NotFound):
        client.get_job("no-such-job")
    assert client.cancel_job("my-own-id").state == "DONE"


def test_jobs_are_listed_in_pages_by_state_and_time(client: bigquery.Client) -> None:
    before = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    made = [client.query(f"SELECT {number}") for number in range(5)]
    for job in made:
        job.result()
    wanted = {job.job_id for job in made}
    pages = client.list_jobs(page_size=2, state_filter="done", min_creation_time=before).pages
    by_page = [[job.job_id for job in page] for page in pages]
    assert {len(page) for page in by_page[:-1]} == {2}
    listed = [job for page in by_page for job in page]
    assert wanted <= set(listed)
    assert len(listed) == len(set(listed))
    assert list(client.list_jobs(state_filter="running", min_creation_time=before)) == []
    assert wanted.isdisjoint(job.job_id for job in client.list_jobs(max_creation_time=before))


def test_cancelled_jobs_stop_running_or_waiting(client: bigquery.Client) -> None:
    array = "UNNEST(GENERATE_ARRAY(1, 1000000))"
    endless = f"SELECT COUNT(*) FROM {array} AS a CROSS JOIN {array} AS b WHERE MOD(a * b, 7) = 3"
    jobs = [client.query(endless) for _ in range(3)]  # more than run at once
    for job in reversed(jobs):
        client.cancel_job(job.job_id)
    for job in jobs:
        with pytest.raises(GoogleAPICallError, match="User requested cancellation"):
            job.result(timeout=30)
        assert client.get_job(job.job_id).error_result["reason"] == "stopped"
    assert rows(client, "SELECT 1") == [(1,)]


def test_referenced_tables_are_recorded(client: bigquery.Client) -> None:
    job = client.query("SELECT COUNT(*) FROM drive_logs.speed")
    job.result()
    assert [(table.dataset_id, table.table_id) for table in job.referenced_tables] == [
        ("drive_logs", "speed"),
        ("lake.drive_logs", "speed"),
    ]


def test_other_jobs_are_refused(client: bigquery.Client) -> None:
    with pytest.raises(BadRequest, match="A load job is not supported"):
        client.load_table_from_uri("gs://b/x.parquet", f"{PROJECT}.drive_logs.x")
    with pytest.raises(BadRequest, match="Legacy SQL is not supported"):
        client.query("SELECT 1", job_config=QueryJobConfig(use_legacy_sql=True))
    with pytest.raises(BadRequest, match="destinationTable is not supported"):
        client.query("SELECT 1", job_config=QueryJobConfig(destination=f"{PROJECT}.drive_logs.x"))


def test_results_survive_a_kill(start_service: Any, tmp_path: Path) -> None:
    own = LocalCloud(home=tmp_path, port=free_port_base())
    process = start_service(own, "bigquery")
    address = f"{own.url('bigquery')}/bigquery/v2/projects/p"
    body = {"query": "SELECT 42 AS answer", "useLegacySql": False}
    answer = requests.post(f"{address}/queries", json=body, timeout=30).json()
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=10)
    start_service(own, "bigquery")
    again = requests.get(f"{address}/queries/{answer['jobReference']['jobId']}", timeout=30).json()
    assert again["rows"] == answer["rows"] == [{"f": [{"v": "42"}]}]


def test_bad_bodies_and_pages_are_one_line_errors(client: bigquery.Client, cloud: LocalCloud) -> None:
    address = f"{cloud.url('bigquery')}/bigquery/v2/projects/{PROJECT}"
    assert requests.post(f"{address}/jobs", data="{", timeout=10).json()["error"]["code"] == 400
    assert "not a whole number" in requests.get(f"{address}/jobs?maxResults=x", timeout=10).json()["error"]["message"]
    assert requests.get(f"{address}/nothing", timeout=10).status_code == 404
    wrong_method = requests.put(f"{address}/jobs", timeout=10)
    assert wrong_method.status_code == 405
    assert wrong_method.json()["error"]["errors"][0]["reason"] == "httpMethodNotAllowed"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("jobs", [1]),
        ("jobs", {"configuration": 1}),
        ("jobs", {"configuration": {"query": "SELECT 1"}}),
        ("jobs", {"configuration": {"query": {"query": 1, "useLegacySql": False}}}),
        ("jobs", {"configuration": {"query": {"query": "SELECT 1", "useLegacySql": False}}, "jobReference": "x"}),
        ("queries", {"query": "SELECT 1", "useLegacySql": False, "maxResults": "x"}),
        ("queries", {"query": "SELECT 1", "useLegacySql": False, "maximumBytesBilled": "x"}),
        ("queries", {"query": "SELECT @x", "useLegacySql": False, "queryParameters": [1]}),
        ("queries", {"query": "SELECT @x", "useLegacySql": False, "queryParameters": [{"parameterType": 1}]}),
        ("datasets", {"datasetReference": 1}),
        ("datasets", {"datasetReference": {"datasetId": 1.5}}),
        ("datasets", {"datasetReference": {"datasetId": "x" * 300}}),
    ],
)
def test_malformed_bodies_are_refused(client: bigquery.Client, cloud: LocalCloud, path: str, body: Any) -> None:
    address = f"{cloud.url('bigquery')}/bigquery/v2/projects/{PROJECT}/{path}"
    refused = requests.post(address, json=body, timeout=10)
    assert refused.status_code == 400, refused.text


@pytest.mark.parametrize("job_id", ["x" * 300, "x" * 2000, "with space", "a/b"])
def test_bad_job_ids_are_refused(client: bigquery.Client, job_id: str) -> None:
    with pytest.raises(BadRequest):
        client.query("SELECT 1", job_id=job_id, job_retry=None)


def test_null_parameter_value_is_null(client: bigquery.Client, cloud: LocalCloud) -> None:
    address = f"{cloud.url('bigquery')}/bigquery/v2/projects/{PROJECT}/queries"
    parameter = {"name": "x", "parameterType": {"type": "STRING"}, "parameterValue": None}
    body = {"query": "SELECT @x IS NULL", "useLegacySql": False, "queryParameters": [parameter]}
    assert requests.post(address, json=body, timeout=30).json()["rows"] == [{"f": [{"v": "true"}]}]
