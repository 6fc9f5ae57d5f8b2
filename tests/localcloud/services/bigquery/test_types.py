"""Types and values on their way from the lake and the engine to a client."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from google.api_core.exceptions import BadRequest
from google.cloud import bigquery

from tests.localcloud.services.bigquery.conftest import KIND_ROWS
from tests.localcloud.services.bigquery.queries import failure_of, rows


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
    ("expression", "field"),
    [
        ("[1, NULL]", "x"),
        ("ARRAY(SELECT IF(n = 1, NULL, n) FROM UNNEST([1, 2]) AS n)", "x"),
        ("STRUCT([STRUCT(1 AS a), NULL] AS inner)", "inner"),
        ("[STRUCT(['a', NULL] AS deep)]", "deep"),
    ],
)
def test_null_in_a_result_array_is_an_error(client: bigquery.Client, expression: str, field: str) -> None:
    job = client.query(f"SELECT {expression} AS x")
    with pytest.raises(BadRequest, match=f"Array cannot have a null element; error in writing field {field}"):
        job.result()
    assert failure_of(client, job) == "invalidQuery"


def test_null_arrays_are_empty_and_untyped_nulls_are_integers(client: bigquery.Client) -> None:
    result = client.query(
        "SELECT NULL AS n, CAST(NULL AS ARRAY<STRING>) AS a, [] AS e, [STRUCT(NULL AS f)] AS s"
    ).result()
    assert [(field.field_type, field.mode) for field in result.schema] == [
        ("INTEGER", "NULLABLE"),
        ("STRING", "REPEATED"),
        ("INTEGER", "REPEATED"),
        ("RECORD", "REPEATED"),
    ]
    assert [tuple(row.values()) for row in result] == [(None, [], [], [{"f": None}])]
    assert rows(client, "SELECT ARRAY_LENGTH([1, NULL]), ARRAY_LENGTH(CAST(NULL AS ARRAY<INT64>))") == [(2, None)]
