"""Query parameters of every kind."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
import requests
from google.cloud import bigquery
from google.cloud.bigquery import (
    ArrayQueryParameter,
    RangeQueryParameter,
    ScalarQueryParameter,
    ScalarQueryParameterType,
    StructQueryParameter,
    StructQueryParameterType,
)

from localcloud.settings import LocalCloud
from tests.localcloud.services.bigquery.conftest import PROJECT, START
from tests.localcloud.services.bigquery.queries import answer, rows


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
        "TIME": datetime.time(1, 2, 3, 4),
        "NUMERIC": Decimal("3.14"),
        "BIGNUMERIC": Decimal("3.141592653589793"),
        "JSON": {"a": [1, "x"]},
    }
    parameters = [ScalarQueryParameter(kind, kind, value) for kind, value in values.items()]
    parameters.append(ScalarQueryParameter("none", "STRING", None))
    query = "SELECT " + ", ".join(f"@{name} AS `{name}`" for name in (*values, "none"))
    assert rows(client, query, *parameters) == [(*values.values(), None)]


def point(x: int, name: str | None = None) -> StructQueryParameter:
    return StructQueryParameter(
        name, ScalarQueryParameter("x", "INT64", x), ArrayQueryParameter("tags", "STRING", ["a", "b"])
    )


POINT = StructQueryParameterType(
    ScalarQueryParameterType("INT64", name="x"), ScalarQueryParameterType("DATE", name="d")
)


@pytest.mark.parametrize(
    ("query", "parameter", "expected"),
    [
        ("SELECT p.x FROM UNNEST(@s) AS p", ArrayQueryParameter("s", "RECORD", [point(1), point(2)]), [(1,), (2,)]),
        ("SELECT @s AS s", ArrayQueryParameter("s", "STRUCT", [point(3)]), [([{"x": 3, "tags": ["a", "b"]}],)]),
        ("SELECT ARRAY_LENGTH(@s)", ArrayQueryParameter("s", POINT, []), [(0,)]),
        ("SELECT @s.x, @s.tags[OFFSET(1)]", point(5, "s"), [(5, "b")]),
        ("SELECT @s.inner.x", StructQueryParameter("s", point(5, "inner")), [(5,)]),
        ("SELECT @s", ArrayQueryParameter("s", "INT64", []), [([],)]),
        ("SELECT x FROM UNNEST(@s) AS x", ArrayQueryParameter("s", "TIMESTAMP", [START]), [(START,)]),
        ("SELECT @s", ScalarQueryParameter("s", "FLOAT64", float("inf")), [(float("inf"),)]),
        ("SELECT x FROM UNNEST([3, 1, 2]) AS x ORDER BY x LIMIT @s", ScalarQueryParameter("s", "INT64", 1), [(1,)]),
    ],
)
def test_parameters_of_arrays_and_structs(
    client: bigquery.Client, query: str, parameter: Any, expected: list[tuple[Any, ...]]
) -> None:
    assert rows(client, query, parameter) == expected


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ({"type": "GEOGRAPHY"}, {"value": "POINT(1 2)"}, "of type GEOGRAPHY are not supported"),
        ({"type": "INTERVAL"}, {"value": "1-0 0 0:0:0"}, "of type INTERVAL are not supported"),
        ({"type": "RANGE", "rangeElementType": {"type": "INT64"}}, {}, "a RANGE is of DATE, DATETIME, TIMESTAMP"),
        ({"type": "ARRAY", "arrayType": {"type": "ARRAY"}}, {"arrayValues": []}, "an array of arrays"),
        ({"type": "MONEY"}, {"value": "1"}, "Invalid type of a query parameter"),
        ({}, {"value": "1"}, "Invalid type of a query parameter"),
        ({"type": "STRUCT", "structTypes": [{"name": "x"}]}, {}, "Invalid type of a query parameter"),
    ],
)
def test_types_that_are_not_supported_are_named(
    client: bigquery.Client, cloud: LocalCloud, kind: dict[str, Any], value: dict[str, Any], said: str
) -> None:
    address = f"{cloud.url('bigquery')}/bigquery/v2/projects/{PROJECT}/queries"
    parameter = {"name": "x", "parameterType": kind, "parameterValue": value}
    body = {"query": "SELECT @x", "useLegacySql": False, "queryParameters": [parameter]}
    answer = requests.post(address, json=body, timeout=30)
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("kind", "start", "end"),
    [
        ("DATE", datetime.date(2026, 1, 1), None),
        ("DATETIME", datetime.datetime(2026, 1, 1, 2, 3, 4), datetime.datetime(2026, 1, 2)),
        ("TIMESTAMP", None, START),
    ],
)
def test_ranges(client: bigquery.Client, kind: str, start: Any, end: Any) -> None:
    given = RangeQueryParameter(kind, start=start, end=end, name="r")
    result = client.query("SELECT @r", job_config=bigquery.QueryJobConfig(query_parameters=[given])).result()
    (field,) = result.schema
    assert field.to_api_repr()["rangeElementType"] == {"type": kind}
    assert [row.values() for row in result] == [({"start": start, "end": end},)]


def test_range_without_a_value_is_null() -> None:
    kind = {"type": "RANGE", "rangeElementType": {"type": "DATE"}}
    assert answer("SELECT @r IS NULL", {"name": "r", "parameterType": kind, "parameterValue": {}}) == [(True,)]


@pytest.mark.parametrize(
    "text", ["2026-01-01 00:00:00+00", "2026-01-01T00:00:00Z", "2026-01-01 01:00:00+01:00", "2026-01-01 00:00:00 UTC"]
)
def test_timestamps_in_every_form(client: bigquery.Client, cloud: LocalCloud, text: str) -> None:
    address = f"{cloud.url('bigquery')}/bigquery/v2/projects/{PROJECT}/queries"
    parameter = {"name": "t", "parameterType": {"type": "TIMESTAMP"}, "parameterValue": {"value": text}}
    body = {"query": "SELECT UNIX_SECONDS(@t)", "useLegacySql": False, "queryParameters": [parameter]}
    answer = requests.post(address, json=body, timeout=30).json()
    assert answer["rows"] == [{"f": [{"v": str(int(START.timestamp()))}]}]


def test_null_parameter_value_is_null(client: bigquery.Client, cloud: LocalCloud) -> None:
    address = f"{cloud.url('bigquery')}/bigquery/v2/projects/{PROJECT}/queries"
    parameter = {"name": "x", "parameterType": {"type": "STRING"}, "parameterValue": None}
    body = {"query": "SELECT @x IS NULL", "useLegacySql": False, "queryParameters": [parameter]}
    assert requests.post(address, json=body, timeout=30).json()["rows"] == [{"f": [{"v": "true"}]}]
