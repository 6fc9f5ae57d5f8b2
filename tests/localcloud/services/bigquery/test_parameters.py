"""Query parameters of every kind."""

from __future__ import annotations

import datetime
from decimal import Decimal

import requests
from google.cloud import bigquery
from google.cloud.bigquery import ArrayQueryParameter, ScalarQueryParameter, StructQueryParameter

from localcloud.settings import LocalCloud
from tests.localcloud.services.bigquery.conftest import PROJECT, START
from tests.localcloud.services.bigquery.queries import rows


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


def test_null_parameter_value_is_null(client: bigquery.Client, cloud: LocalCloud) -> None:
    address = f"{cloud.url('bigquery')}/bigquery/v2/projects/{PROJECT}/queries"
    parameter = {"name": "x", "parameterType": {"type": "STRING"}, "parameterValue": None}
    body = {"query": "SELECT @x IS NULL", "useLegacySql": False, "queryParameters": [parameter]}
    assert requests.post(address, json=body, timeout=30).json()["rows"] == [{"f": [{"v": "true"}]}]
