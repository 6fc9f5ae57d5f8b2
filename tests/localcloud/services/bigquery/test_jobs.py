"""Query jobs through google-cloud-bigquery: their records, lists, pages, ends."""

from __future__ import annotations

import datetime

import pytest
import requests
from google.api_core.exceptions import BadRequest, Conflict, GoogleAPICallError, NotFound
from google.cloud import bigquery
from google.cloud.bigquery import QueryJobConfig
from starlette.testclient import TestClient

from localcloud.services import record_store
from localcloud.services.bigquery.routes import create_app
from localcloud.settings import LocalCloud
from tests.localcloud.services.bigquery.in_process import QUERIES, QUERY, full, refused
from tests.localcloud.services.bigquery.queries import failure_of, rows
from tests.localcloud.services.processes import running


def test_pages(client: bigquery.Client) -> None:
    result = client.query("SELECT timestamp FROM drive_logs.speed ORDER BY timestamp").result(page_size=64)
    pages = [list(page) for page in result.pages]
    assert [len(page) for page in pages] == [64, 64, 64, 8]
    assert result.total_rows == 200
    assert len(list(client.query("SELECT 1 FROM drive_logs.speed").result(max_results=7))) == 7
    job = client.query("SELECT drive_id FROM drive_logs.speed ORDER BY 1")
    job.result()
    assert job.destination is not None
    listed = client.list_rows(job.destination, job.schema, start_index=99, max_results=2)
    assert [row.drive_id for row in listed] == ["a", "b"]


def test_jobs_keep_their_record(client: bigquery.Client) -> None:
    config = QueryJobConfig(labels={"team": "mining"})
    job = client.query("SELECT 7 AS x", job_config=config, job_id="my-own-id")
    assert [row.x for row in job.result()] == [7]
    read = client.get_job("my-own-id")
    assert isinstance(read, bigquery.QueryJob)
    assert (read.state, read.labels, read.query, read.statement_type) == (
        "DONE",
        {"team": "mining"},
        "SELECT 7 AS x",
        "SELECT",
    )
    assert "my-own-id" in [one.job_id for one in client.list_jobs(max_results=500)]
    with pytest.raises(Conflict, match="Already Exists: Job"):
        client.query("SELECT 8", job_id="my-own-id")
    with pytest.raises(NotFound):
        client.get_job("no-such-job")
    assert client.cancel_job("my-own-id").state == "DONE"


def test_jobs_are_listed_in_pages_by_state_and_time(client: bigquery.Client) -> None:
    before = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    made = [client.query(f"SELECT {number}") for number in range(5)]
    for job in made:
        job.result()
    wanted = {job.job_id for job in made}
    pages = client.list_jobs(page_size=2, state_filter="done", min_creation_time=before).pages
    by_page = [[job.job_id for job in page] for page in pages]
    assert {len(page) for page in by_page[:-1]} == {2}
    listed = [job for page in by_page for job in page]
    assert wanted <= set(listed)
    assert len(listed) == len(set(listed))
    assert list(client.list_jobs(state_filter="running", min_creation_time=before)) == []
    assert wanted.isdisjoint(job.job_id for job in client.list_jobs(max_creation_time=before))


def test_cancelled_jobs_stop_running_or_waiting(client: bigquery.Client) -> None:
    array = "UNNEST(GENERATE_ARRAY(1, 1000000))"
    endless = f"SELECT COUNT(*) FROM {array} AS a CROSS JOIN {array} AS b WHERE MOD(a * b, 7) = 3"
    jobs = [client.query(endless) for _ in range(3)]  # more than run at once
    for job in reversed(jobs):
        client.cancel_job(str(job.job_id))
    for job in jobs:
        with pytest.raises(GoogleAPICallError, match="User requested cancellation"):
            job.result(timeout=30)
        assert failure_of(client, job) == "stopped"
    assert rows(client, "SELECT 1") == [(1,)]


def test_results_survive_a_kill(own_cloud: LocalCloud) -> None:
    with running(own_cloud, "bigquery") as process:
        address = f"{own_cloud.url('bigquery')}/bigquery/v2/projects/p"
        answer = requests.post(f"{address}/queries", json=QUERY, timeout=30).json()
        process.kill()
    with running(own_cloud, "bigquery"):
        again = requests.get(f"{address}/queries/{answer['jobReference']['jobId']}", timeout=30).json()
    assert again["rows"] == answer["rows"] == [{"f": [{"v": "42"}]}]


@pytest.mark.parametrize("job_id", ["x" * 300, "x" * 2000, "with space", "a/b"])
def test_bad_job_ids_are_refused(client: bigquery.Client, job_id: str) -> None:
    with pytest.raises(BadRequest):
        client.query("SELECT 1", job_id=job_id, job_retry=None)


def test_record_that_does_not_fit_fails_its_job(own_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    with TestClient(create_app(own_cloud)) as client, monkeypatch.context() as patch:
        patch.setattr(record_store, "write_atomic", full)
        refused(client)


def test_new_job_that_does_not_fit_is_refused(own_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    with TestClient(create_app(own_cloud)) as client, monkeypatch.context() as patch:
        patch.setattr(record_store, "write_new", full)
        answer = client.post(QUERIES, json=QUERY)
        assert (answer.status_code, answer.json()["error"]["errors"][0]["reason"]) == (413, "insufficientStorage")
