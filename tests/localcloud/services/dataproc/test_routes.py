"""What a path, a query and a body may say."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from google.api_core.exceptions import MethodNotImplemented
from google.cloud import dataproc_v1 as dataproc
from starlette.testclient import TestClient

from localcloud.services.dataproc.routes import create_app
from localcloud.settings import LocalCloud
from tests.localcloud.services.dataproc.clients import Dataproc
from tests.localcloud.services.google_methods import unknown


def test_a_misspelt_field_is_refused_with_its_place(service: Dataproc) -> None:
    body = {"id": "typo", "jobs": [{"stepId": "mine", "pysparkJob": {"mainPythonFile": "gs://code/main.py"}}]}
    url = f"{service.cloud.url('dataproc')}/v1/{service.parent}/workflowTemplates"
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert caught.value.code == 400
    error = json.load(caught.value)["error"]
    assert error["status"] == "INVALID_ARGUMENT"
    assert "Unknown name \"mainPythonFile\" at 'template.jobs[0].pysparkJob.mainPythonFile'" in error["message"]
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{url}?pageSise=3")
    assert 'Unknown name "pageSise"' in json.load(caught.value)["error"]["message"]


def test_a_resource_is_the_same_at_its_location_and_its_region(service: Dataproc) -> None:
    made = service.policies.create_autoscaling_policy(
        parent=service.location,
        policy=dataproc.AutoscalingPolicy({"id": "both", "worker_config": {"max_instances": 2}}),
    )
    root = f"{service.cloud.url('dataproc')}/v1"
    answers = [
        json.load(urllib.request.urlopen(f"{root}/{parent}/autoscalingPolicies/both"))
        for parent in (service.parent, service.location)
    ]
    assert [answer["workerConfig"] for answer in answers] == [{"maxInstances": 2}] * 2
    service.policies.delete_autoscaling_policy(name=made.name)


def test_a_path_that_is_no_method_is_refused(service: Dataproc) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{service.cloud.url('dataproc')}/v1/{service.parent}/notebooks")
    assert (caught.value.code, json.load(caught.value)["error"]["status"]) == (404, "NOT_FOUND")


def test_what_dataproc_has_and_localcloud_has_not_is_refused_by_name(service: Dataproc, tmp_path: Path) -> None:
    with TestClient(create_app(LocalCloud(home=tmp_path))) as client:
        assert unknown(client, dataproc) == []
    name = {"project_id": service.cloud.project, "region": "us-central1", "cluster_name": "pool"}
    with pytest.raises(MethodNotImplemented, match="/clusters/pool:start is not offered by localcloud"):
        service.clusters.start_cluster(request=name)
