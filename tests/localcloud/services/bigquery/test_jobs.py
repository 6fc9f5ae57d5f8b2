"""Query jobs through google-cloud-bigquery: their records, lists, pages, ends."""

from __future__ import annotations

import datetime

import pytest
import requests
from google.api_core.exceptions import BadRequest, Conflict, GoogleAPICallError, NotFound
from google.cloud import bigquery
from google.cloud.bigquery import ArrayQueryParameter, QueryJobConfig, ScalarQueryParameter
from starlette.testclient import TestClient

from localcloud.services import record_store
from localcloud.services.bigquery.routes import create_app
from localcloud.settings import LocalCloud
from tests.localcloud.services.bigquery.in_process import QUERIES, QUERY, full, refused
from tests.localcloud.services.bigquery.queries import failure_of, rows
from tests.localcloud.services.processes import running

ARRAY = "UNNEST(GENERATE_ARRAY(1, 1000000))"
ENDLESS = f"SELECT COUNT(*) FROM {ARRAY} AS a CROSS JOIN {ARRAY} AS b WHERE MOD(a * b, 7) = 3"


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


def test_selected_columns_of_a_result(client: bigquery.Client) -> None:
    job = client.query("SELECT 1 AS a, 2 AS b, 3 AS c")
    a, _, c = job.result().schema
    assert job.destination is not None
    assert [row.values() for row in client.list_rows(job.destination, [a, c])] == [(1, 3)]
    with pytest.raises(BadRequest, match="nope is no column"):
        list(client.list_rows(job.destination, [bigquery.SchemaField("nope", "INTEGER")]))


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


def test_deleted_jobs_are_forgotten_with_their_results(client: bigquery.Client) -> None:
    job = client.query("SELECT 1")
    job.result()
    with pytest.raises(NotFound, match="Not found: Job a-project:EU"):
        client.delete_job_metadata(str(job.job_id), location="EU")
    client.delete_job_metadata(job)
    with pytest.raises(NotFound):
        client.get_job(str(job.job_id))
    assert job.destination is not None
    with pytest.raises(NotFound):
        list(client.list_rows(job.destination, [bigquery.SchemaField("f0_", "INTEGER")]))


def test_jobs_end_at_their_timeout(client: bigquery.Client) -> None:
    job = client.query(ENDLESS, job_config=QueryJobConfig(job_timeout_ms=300))
    with pytest.raises(GoogleAPICallError, match=r"Job timed out after 0\.3s"):
        job.result(timeout=30)
    assert failure_of(client, job) == "stopped"
    in_time = client.query("SELECT 1", job_config=QueryJobConfig(job_timeout_ms=60_000))
    assert [row.values() for row in in_time.result()] == [(1,)]


def test_running_jobs_are_not_deleted(client: bigquery.Client) -> None:
    job = client.query(ENDLESS)
    with pytest.raises(BadRequest, match="is still running: cancel it first"):
        client.delete_job_metadata(job)
    client.cancel_job(str(job.job_id))


def test_parameters_of_jobs_are_text(client: bigquery.Client) -> None:
    parameters = [ScalarQueryParameter("t", "TIMESTAMP", 1.5), ArrayQueryParameter("a", "INT64", [1, 2])]
    job = client.query("SELECT @t, @a", job_config=QueryJobConfig(query_parameters=parameters))
    with pytest.raises(BadRequest):
        job.result()
    first, second = client.get_job(str(job.job_id))._properties["configuration"]["query"]["queryParameters"]
    assert first["parameterValue"]["value"] == "1.5"
    assert second["parameterValue"]["arrayValues"] == [{"value": "1"}, {"value": "2"}]


def test_cancelled_jobs_stop_running_or_waiting(client: bigquery.Client) -> None:
    jobs = [client.query(ENDLESS) for _ in range(3)]  # more than run at once
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
