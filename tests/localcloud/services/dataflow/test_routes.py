"""Dataflow's paths: most are served at a location and, older, at the project."""

from __future__ import annotations

import pytest
from google.cloud import dataflow_v1beta3 as dataflow
from starlette.testclient import TestClient

from localcloud.services.dataflow.routes import create_app
from localcloud.services.dataflow.store import State, Store
from localcloud.settings import LocalCloud
from tests.localcloud.services.google_methods import unknown

JOB = dataflow.Job(id="2026-01-01_00_00_00-1", project_id="p", location="us-central1", name="ingest")


@pytest.fixture
def client(cloud: LocalCloud) -> TestClient:
    store = Store(cloud.folder("dataflow"))
    store.jobs.create(JOB.id, JOB)
    return TestClient(create_app(cloud))


def test_a_job_is_found_at_its_project_and_its_location(client: TestClient) -> None:
    for place in ("projects/p", "projects/p/locations/us-central1"):
        answer = client.get(f"/v1b3/{place}/jobs/{JOB.id}").json()
        assert (answer["name"], answer["currentState"]) == ("ingest", State.JOB_STATE_FAILED.name), "it was lost"
        assert [job["id"] for job in client.get(f"/v1b3/{place}/jobs").json()["jobs"]] == [JOB.id]
        assert "jobMessages" in client.get(f"/v1b3/{place}/jobs/{JOB.id}/messages").json()
        assert "metricTime" in client.get(f"/v1b3/{place}/jobs/{JOB.id}/metrics").json()
    assert client.get("/v1b3/projects/p/locations/europe-west1/jobs").json() == {}
    assert [job["id"] for job in client.get("/v1b3/projects/p/jobs:aggregated").json()["jobs"]] == [JOB.id]


def test_what_is_no_path_is_a_404(client: TestClient) -> None:
    answer = client.get("/v1b3/projects/p/pipelines")
    assert (answer.status_code, answer.json()["error"]["status"]) == (404, "NOT_FOUND")


def test_what_dataflow_has_and_localcloud_has_not_is_refused_by_name(client: TestClient) -> None:
    assert unknown(client, dataflow) == []
    answer = client.post("/v1b3/projects/p/locations/us-central1/templates:launch?gcsPath=gs://b/t", content=b"")
    assert (answer.status_code, answer.json()["error"]["status"]) == (501, "UNIMPLEMENTED")
    said = "POST /v1b3/projects/p/locations/us-central1/templates:launch is not offered by localcloud"
    assert answer.json()["error"]["message"] == said
