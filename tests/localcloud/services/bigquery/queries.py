"""Running queries through google-cloud-bigquery, and in the test's own process where the API plays no part."""

from __future__ import annotations

from typing import Any

from google.cloud import bigquery
from google.cloud.bigquery import QueryJobConfig
from pyiceberg.table import Table

from localcloud.services.bigquery import parameters
from localcloud.services.bigquery.errors import not_found
from localcloud.services.bigquery.planner import engine, plan, result_of
from localcloud.services.bigquery.sources import Rows, View
from tests.localcloud.services.bigquery.conftest import PROJECT

TABLE = f"`{PROJECT}.lake.drive_logs.speed`"
"""The lake's own table, as a query names it."""


class NoTables:
    """No name stands for anything."""

    def lookup(self, parts: tuple[str, ...], project: str, dataset: str | None) -> tuple[str, Table | View | Rows]:
        raise not_found("Table", ".".join(parts))


def answer(query: str, *sent: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a query that reads no table. `sent`: queryParameters as the API has them."""
    made = plan(query, NoTables(), PROJECT, None, parameters.values_of(list(sent)))
    with engine() as connection:
        table, _ = result_of(made, connection, lambda: None)
    return [tuple(row.values()) for row in table.to_pylist()]


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
