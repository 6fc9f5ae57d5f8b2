"""INFORMATION_SCHEMA of a dataset."""

from __future__ import annotations

import pytest
from google.api_core.exceptions import BadRequest
from google.cloud import bigquery

from tests.localcloud.services.bigquery.conftest import PROJECT, view
from tests.localcloud.services.bigquery.queries import TABLE


def test_information_schema(client: bigquery.Client) -> None:
    client.create_dataset("described")
    view(client, "described.speed", f"SELECT * FROM {TABLE}")
    tables = client.query("SELECT table_name, table_type FROM described.INFORMATION_SCHEMA.TABLES").result()
    assert [tuple(row.values()) for row in tables] == [("speed", "VIEW")]
    query = f"""SELECT column_name, ordinal_position, data_type FROM `{PROJECT}.described.INFORMATION_SCHEMA.COLUMNS`
                WHERE table_name = 'speed' ORDER BY ordinal_position"""
    assert [tuple(row.values()) for row in client.query(query).result()] == [
        ("drive_id", 1, "STRING"),
        ("timestamp", 2, "TIMESTAMP"),
        ("speed_mps", 3, "FLOAT64"),
    ]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("drive_logs.INFORMATION_SCHEMA.PARTITIONS", r"INFORMATION_SCHEMA\.PARTITIONS is not offered here"),
        ("INFORMATION_SCHEMA.SCHEMATA", r"INFORMATION_SCHEMA\.SCHEMATA is not offered here"),
        ("`region-us`.INFORMATION_SCHEMA.JOBS", r"INFORMATION_SCHEMA\.JOBS of a region is not offered here"),
        ("`region-eu.INFORMATION_SCHEMA.TABLES`", r"INFORMATION_SCHEMA\.TABLES of a region is not offered here"),
        ("INFORMATION_SCHEMA.TABLES", "must be qualified with a dataset"),
    ],
)
def test_other_views_are_refused_by_name(client: bigquery.Client, source: str, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        client.query(f"SELECT * FROM {source}").result()
