"""Running queries through google-cloud-bigquery."""

from __future__ import annotations

from typing import Any

from google.cloud import bigquery
from google.cloud.bigquery import QueryJobConfig

from tests.localcloud.services.bigquery.conftest import PROJECT

TABLE = f"`{PROJECT}.lake.drive_logs.speed`"
"""The lake's own table, as a query names it."""


def rows(client: bigquery.Client, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    config = QueryJobConfig(query_parameters=list(parameters))
    return [tuple(row.values()) for row in client.query(query, job_config=config).result()]


def size(client: bigquery.Client, query: str) -> int:
    """Bytes that a query would read."""
    config = QueryJobConfig(dry_run=True)
    found = client.query(query, job_config=config).total_bytes_processed
    assert found is not None
    return found


def failure_of(client: bigquery.Client, job: bigquery.QueryJob) -> str:
    """The reason that a job's own record gives for its failure."""
    error = client.get_job(str(job.job_id)).error_result
    assert error is not None
    return error["reason"]
