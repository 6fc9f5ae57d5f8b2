"""Sizes and schemas of the lake's tables as queries see them."""

from __future__ import annotations

import pyarrow as pa
import pytest
from google.api_core.exceptions import NotFound
from google.cloud import bigquery
from google.cloud.bigquery import QueryJobConfig
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.types import LongType

from tests.localcloud.services.bigquery.conftest import PROJECT, SPEED, speed_rows, view
from tests.localcloud.services.bigquery.queries import rows, size


def test_dry_run_counts_only_columns_and_files_that_would_be_read(client: bigquery.Client, lake: RestCatalog) -> None:
    sizes = {
        task.file.partition[0]: task.file.column_sizes
        for task in lake.load_table("drive_logs.speed").scan().plan_files()
    }
    assert size(client, "SELECT speed_mps FROM drive_logs.speed") == sizes["a"][3] + sizes["b"][3]
    assert size(client, "SELECT * FROM drive_logs.speed WHERE drive_id = 'a'") == sum(sizes["a"].values())
    assert size(client, "SELECT COUNT(*) FROM drive_logs.speed") == 0
    assert size(client, "SELECT MAX(speed_mps) FROM drive_logs.speed WHERE timestamp < '2020-01-01'") == 0
    assert size(client, "SELECT MAX(speed_mps) FROM drive_logs.speed WHERE timestamp < TIMESTAMP '2020-01-01'") == 0
    job = client.query("SELECT speed_mps FROM drive_logs.speed")
    job.result()
    assert job.total_bytes_processed == sizes["a"][3] + sizes["b"][3]
    assert job.total_bytes_billed == 10 * 1024 * 1024
    dry = client.query("SELECT drive_id FROM drive_logs.speed", job_config=QueryJobConfig(dry_run=True))
    assert [field.name for field in dry.schema or []] == ["drive_id"]
    with pytest.raises(NotFound):
        client.get_job(str(dry.job_id))


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
