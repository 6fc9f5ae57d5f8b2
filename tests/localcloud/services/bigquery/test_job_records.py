"""What a job may be configured with, and what its record says of tables and costs."""

from __future__ import annotations

import pytest
from google.api_core.exceptions import BadRequest
from google.cloud import bigquery
from google.cloud.bigquery import QueryJobConfig

from tests.localcloud.services.bigquery.conftest import PROJECT


def test_limit_on_bytes_billed(client: bigquery.Client) -> None:
    config = QueryJobConfig(maximum_bytes_billed=1000)
    with pytest.raises(BadRequest, match=r"limit for bytes billed: 1000\. 10485760 or higher"):
        client.query("SELECT * FROM drive_logs.speed", job_config=config).result()
    config = QueryJobConfig(maximum_bytes_billed=10485760)
    assert client.query("SELECT * FROM drive_logs.speed", job_config=config).result().total_rows == 200


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
