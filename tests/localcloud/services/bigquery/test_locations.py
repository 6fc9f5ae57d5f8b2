"""Jobs run where their datasets are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from google.api_core.exceptions import NotFound
from google.cloud import bigquery

from tests.localcloud.services.bigquery.conftest import PROJECT, view

QUERY = "SELECT * FROM far_away.one"


@pytest.fixture(scope="module")
def far_away(client: bigquery.Client) -> Iterator[bigquery.Dataset]:
    made = bigquery.Dataset(f"{PROJECT}.far_away")
    made.location = "europe-west4"
    yield client.create_dataset(made)
    client.delete_dataset(made, delete_contents=True)


def test_a_job_runs_where_the_dataset_is(client: bigquery.Client, far_away: bigquery.Dataset) -> None:
    view(client, "far_away.one", "SELECT 1 AS x")
    job = client.query(QUERY)
    assert [row.x for row in job.result()] == [1]
    assert job.location == far_away.location == "europe-west4"
    by_default = bigquery.QueryJobConfig(default_dataset=far_away.reference)
    assert client.query("SELECT * FROM one", job_config=by_default).location == "europe-west4"
    assert client.query("SELECT 1").location == "US"
    assert [row.x for row in client.query(QUERY, location="EUROPE-WEST4").result()] == [1]


def test_a_dataset_elsewhere_is_not_found(client: bigquery.Client, far_away: bigquery.Dataset) -> None:
    for query in (QUERY, "SELECT * FROM far_away.INFORMATION_SCHEMA.TABLES"):
        with pytest.raises(NotFound, match="Dataset a-project:far_away was not found in location US"):
            client.query(query, location="US").result()


def test_a_job_is_found_in_its_own_location(client: bigquery.Client) -> None:
    job = client.query("SELECT 1")
    with pytest.raises(NotFound, match=f"Not found: Job {PROJECT}:EU.{job.job_id}"):
        client.get_job(str(job.job_id), location="EU")
    assert client.get_job(str(job.job_id), location="us").job_id == job.job_id


def test_a_query_that_is_wrong_has_the_default_location(client: bigquery.Client) -> None:
    assert client.query("SELEC 1 FROM").location == "US"
