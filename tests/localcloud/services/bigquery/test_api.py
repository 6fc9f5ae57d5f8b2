"""The endpoints: what clients and plain HTTP get for right and wrong requests."""

from __future__ import annotations

import datetime
from typing import Any

import pyarrow as pa
import pytest
import requests
from google.cloud import bigquery

from localcloud.settings import LocalCloud
from tests.localcloud.services.bigquery.conftest import PROJECT, START


def test_both_ways_to_run_a_query_and_arrow(client: bigquery.Client) -> None:
    query = "SELECT timestamp, speed_mps FROM drive_logs.speed WHERE drive_id = 'a' ORDER BY timestamp LIMIT 2"
    expected = [(START, 0.0), (START + datetime.timedelta(seconds=1), 0.5)]
    assert [tuple(row.values()) for row in client.query_and_wait(query)] == expected
    table = client.query(query).result().to_arrow(create_bqstorage_client=False)
    assert table.schema == pa.schema([("timestamp", pa.timestamp("us", "UTC")), ("speed_mps", pa.float64())])
    assert table["speed_mps"].to_pylist() == [0.0, 0.5]


def test_timestamps_without_int64_are_seconds(client: bigquery.Client, cloud: LocalCloud) -> None:
    address = f"{cloud.url('bigquery')}/bigquery/v2/projects/{PROJECT}/queries"
    body = {"query": "SELECT TIMESTAMP '2026-01-01 00:00:00.5'", "useLegacySql": False}
    answer = requests.post(address, json=body, timeout=30).json()
    assert float(answer["rows"][0]["f"][0]["v"]) == START.timestamp() + 0.5


@pytest.mark.parametrize(
    ("options", "written"),
    [
        ({"useInt64Timestamp": True}, "1767225600500000"),
        ({"timestampOutputFormat": "INT64"}, "1767225600500000"),
        ({"timestampOutputFormat": "FLOAT64"}, "1767225600.500000"),
        ({"timestampOutputFormat": "ISO8601_STRING"}, "2026-01-01T00:00:00.500000Z"),
    ],
)
def test_timestamps_in_the_form_asked_for(
    client: bigquery.Client, cloud: LocalCloud, options: dict[str, Any], written: str
) -> None:
    address = f"{cloud.url('bigquery')}/bigquery/v2/projects/{PROJECT}/queries"
    body = {"query": "SELECT TIMESTAMP '2026-01-01 00:00:00.5'", "useLegacySql": False, "formatOptions": options}
    answer = requests.post(address, json=body, timeout=30).json()
    assert answer["rows"] == [{"f": [{"v": written}]}]
    asked = {f"formatOptions.{name}": str(value) for name, value in options.items()}
    again = requests.get(f"{address}/{answer['jobReference']['jobId']}", params=asked, timeout=30).json()
    assert again["rows"] == answer["rows"]


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
