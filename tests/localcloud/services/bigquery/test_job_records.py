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
    with pytest.raises(BadRequest, match="A copy job is not supported"):
        client.copy_table(f"{PROJECT}.drive_logs.speed", f"{PROJECT}.drive_logs.x")
    with pytest.raises(BadRequest, match="An extract job is not supported"):
        client.extract_table(f"{PROJECT}.drive_logs.speed", "gs://b/x.csv")


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (QueryJobConfig(destination=f"{PROJECT}.drive_logs.x"), "destinationTable is not supported: results are read"),
        (QueryJobConfig(clustering_fields=["x"]), "clustering is not supported"),
        (QueryJobConfig(create_session=True), "createSession is not supported: each query is one statement"),
        (
            QueryJobConfig(connection_properties=[bigquery.ConnectionProperty("time_zone", "Asia/Kolkata")]),
            "connectionProperties is not supported",
        ),
        (
            QueryJobConfig(udf_resources=[bigquery.UDFResource("inlineCode", "x")]),
            "userDefinedFunctionResources is not supported",
        ),
    ],
)
def test_what_a_query_may_not_be_configured_with_is_named(
    client: bigquery.Client, config: QueryJobConfig, said: str
) -> None:
    with pytest.raises(BadRequest, match=said):
        client.query("SELECT 1", job_config=config)


def test_statistics_of_a_query_that_ran(client: bigquery.Client) -> None:
    job = client.query("SELECT drive_id, COUNT(*) AS n FROM drive_logs.speed GROUP BY drive_id")
    job.result()
    (stage,) = job.query_plan
    assert (stage.status, stage.records_read, stage.records_written) == ("COMPLETE", 200, 2)
    assert [step.kind for step in stage.steps] == ["READ"]
    assert job.slot_millis is not None
    assert job.slot_millis == stage.slot_ms
    dry = client.query("SELECT drive_id FROM drive_logs.speed", job_config=QueryJobConfig(dry_run=True))
    assert (dry.slot_millis, dry.query_plan) == (None, [])
    assert dry.total_bytes_processed
