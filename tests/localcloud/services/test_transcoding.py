"""From HTTP to messages and back, by the rules of google.api.http."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from google.cloud import dataproc_v1 as dataproc
from starlette.testclient import TestClient

from localcloud.services.dispatch import application
from localcloud.services.protobuf import AnyMessage, to_json
from localcloud.services.transcoding import NO_METHOD, transcoded
from localcloud.settings import LocalCloud

CLUSTERS = "/v1/projects/{project_id}/regions/{region}/clusters/{cluster_name}"
JOBS = "/v1/projects/{project_id}/regions/{region}/jobs"
TEMPLATE = "/v1/{template.name=projects/*/regions/*/workflowTemplates/*}"


@pytest.fixture
def asked() -> list[AnyMessage]:
    """The request messages that the handlers got."""
    return []


@pytest.fixture
def client(asked: list[AnyMessage]) -> TestClient:
    def keep(message: Any) -> Any:
        asked.append(message)
        return dataproc.Job(reference={"job_id": "j"}, status={"state": "RUNNING"})

    routes = [
        transcoded("GET", JOBS, dataproc.ListJobsRequest, keep),
        transcoded("POST", f"{JOBS}:submit", dataproc.SubmitJobRequest, keep, "*"),
        transcoded("PUT", TEMPLATE, dataproc.UpdateWorkflowTemplateRequest, keep, "template"),
        transcoded("PATCH", CLUSTERS, dataproc.UpdateClusterRequest, keep, "cluster"),
        transcoded("DELETE", f"{JOBS}/{{job_id}}", dataproc.DeleteJobRequest, keep),
        NO_METHOD,
    ]
    return TestClient(application(LocalCloud(Path("/nowhere")), routes))


def test_path_and_query_fill_the_message(client: TestClient, asked: list[AnyMessage]) -> None:
    answer = client.get("/v1/projects/p/regions/r/jobs?pageSize=7&jobStateMatcher=ACTIVE&alt=json&$alt=json")
    assert [to_json(message) for message in asked] == [
        {"projectId": "p", "region": "r", "pageSize": 7, "jobStateMatcher": "ACTIVE"}
    ]
    assert answer.json() == {"reference": {"jobId": "j"}, "status": {"state": "RUNNING"}}


@pytest.mark.parametrize(
    ("method", "path"),
    [("PATCH", "/v1/projects/p/regions/r/jobs/j"), ("POST", "/v1/projects/p/regions/r/jobs/j:start"), ("GET", "/x")],
)
def test_what_is_no_method_is_not_found(client: TestClient, method: str, path: str) -> None:
    error = client.request(method, path, content=b"not JSON").json()["error"]
    assert (error["code"], error["status"]) == (404, "NOT_FOUND")
    assert error["message"] == f"{method} {path} is not a method of this API"
    assert client.get("/healthz").status_code == 200


def test_enums_are_numbers_for_clients_that_ask(client: TestClient) -> None:
    answer = client.get("/v1/projects/p/regions/r/jobs?$alt=json;enum-encoding=int")
    assert answer.json()["status"] == {"state": dataproc.JobStatus.State.RUNNING.value}


def test_the_whole_body_is_the_message(client: TestClient, asked: list[AnyMessage]) -> None:
    client.post("/v1/projects/p/regions/r/jobs:submit", json={"requestId": "once", "job": {"labels": {"a": "b"}}})
    (message,) = map(to_json, asked)
    assert message == {"projectId": "p", "region": "r", "requestId": "once", "job": {"labels": {"a": "b"}}}


def test_a_variable_within_the_bodys_field_leaves_the_rest_of_it(client: TestClient, asked: list[AnyMessage]) -> None:
    client.put("/v1/projects/p/regions/r/workflowTemplates/t", json={"version": 3, "labels": {"a": "b"}})
    (message,) = map(to_json, asked)
    name = "projects/p/regions/r/workflowTemplates/t"
    assert message == {"template": {"name": name, "version": 3, "labels": {"a": "b"}}}


@pytest.mark.parametrize(
    "paths", ["labels,config.worker_config.num_instances", "labels,config.workerConfig.numInstances"]
)
def test_a_field_mask_may_be_in_snake_case(client: TestClient, asked: list[AnyMessage], paths: str) -> None:
    client.patch(CLUSTERS.format(project_id="p", region="r", cluster_name="c"), params={"updateMask": paths}, json={})
    (message,) = map(to_json, asked)
    assert message["updateMask"] == "labels,config.workerConfig.numInstances"


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("GET", JOBS + "?colour=red", None, 'Unknown name "colour": Cannot bind query parameter'),
        ("GET", JOBS + "?pageSize=x", None, "Invalid JSON payload received. Failed to parse pageSize field"),
        ("POST", JOBS + ":submit", {"job": {"colour": "red"}}, "Unknown name \"colour\" at 'job.colour' of "),
        ("POST", JOBS + ":submit", {"job": 1}, "Invalid JSON payload received."),
        ("POST", JOBS + ":submit", [1], "The body must be an object"),
    ],
)
def test_what_does_not_fit_is_named(client: TestClient, method: str, path: str, body: Any, said: str) -> None:
    path = path.format(project_id="p", region="r")
    answer = client.request(method, path, json=body) if body is not None else client.request(method, path)
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]
