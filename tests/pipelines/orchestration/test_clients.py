"""Clients are Google's own, at the stack's endpoints, with the caller's default credentials."""

from __future__ import annotations

from typing import Any

import pytest
from google.auth.exceptions import DefaultCredentialsError

from pipelines.orchestration.clients import CALL_ERRORS, Clients
from pipelines.orchestration.outputs import Outputs
from tests.pipelines.orchestration.fake_google import JOB, FakeGoogle


def test_calls_go_to_the_endpoint_with_a_token(clients: Clients, google: FakeGoogle):
    job = clients.jobs.get_job({"project_id": "p", "location": "us-central1", "job_id": JOB})
    assert job.id == JOB
    paths = [path for _, path, _ in google.asked]
    assert paths == ["/token", f"/v1b3/projects/p/locations/us-central1/jobs/{JOB}"]


def test_the_region_has_its_place_in_an_endpoint(exported: dict[str, Any]):
    exported["endpoints"]["dataproc"] = "https://{region}-dataproc.googleapis.com"
    clients = Clients(Outputs.model_validate(exported))
    assert clients.workflows.transport.host == "https://us-central1-dataproc.googleapis.com"


def test_credentials_that_are_not_there_are_a_call_error(clients: Clients, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere.json")
    with pytest.raises(DefaultCredentialsError) as error:
        _ = clients.jobs
    assert isinstance(error.value, CALL_ERRORS)
