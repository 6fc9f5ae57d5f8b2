"""Autoscaling policies and workflow templates."""

from __future__ import annotations

import pytest

from localcloud.providers.gcp.resources import dataproc
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.fake_google.server import FakeGoogle
from tests.localcloud.providers.gcp.resources.lives import (
    PLACE,
    Case,
    live_through,
    tokens_of,
)

JOB = {"stepId": "mine", "pysparkJob": {"mainPythonFileUri": "gs://b/main.py", "args": ["--x"]}}
MANAGED = {"clusterName": "c", "config": {"stagingBucket": "b", "softwareConfig": {"properties": {"spark:zone": "1"}}}}


CASES = {
    "gcp:dataproc/autoscalingPolicy:AutoscalingPolicy": Case(
        {"policyId": "policy", "location": "us-central1", "workerConfig": {"maxInstances": 3}},
        f"{PLACE}/autoscalingPolicies/policy",
        {"name": "projects/test-project/regions/us-central1/autoscalingPolicies/policy"},
        "/v1/projects/test-project/regions/us-central1/autoscalingPolicies/policy",
        update={"workerConfig": {"maxInstances": 5}},
        replace={"policyId": "other"},
        replaces=["policyId"],
        before=False,
    ),
    "gcp:dataproc/workflowTemplate:WorkflowTemplate": Case(
        {"name": "mine", "location": "us-central1", "jobs": [JOB], "placement": {"managedCluster": MANAGED}},
        f"{PLACE}/workflowTemplates/mine",
        {"version": 1, "name": "mine"},
        "/v1/projects/test-project/regions/us-central1/workflowTemplates/mine",
        update={"jobs": [JOB, {**JOB, "stepId": "publish", "prerequisiteStepIds": ["mine"]}]},
        replace={"location": "us-east1"},
        replaces=["location"],
        before=False,
    ),
}


def test_each_type_has_a_case() -> None:
    assert CASES.keys() == tokens_of(dataproc)


@pytest.mark.parametrize("token", CASES)
def test_life_of_a_resource(gcp: Engine, google: FakeGoogle, token: str) -> None:
    live_through(gcp, google, token, CASES[token])


def test_template_body_has_the_names_of_the_rest_api(gcp: Engine, google: FakeGoogle) -> None:
    case = CASES["gcp:dataproc/workflowTemplate:WorkflowTemplate"]
    config = {
        "stagingBucket": "b",
        "gceClusterConfig": {"zone": "z", "subnetwork": "s", "metadata": {"zone": "kept"}},
        "masterConfig": {"machineType": "n2-standard-4", "numInstances": 1},
        "autoscalingConfig": {"policy": "p"},
        "softwareConfig": {"properties": {"spark:zone": "kept"}},
    }
    placement = {"managedCluster": {"clusterName": "c", "config": config, "labels": {"zone": "kept"}}}
    gcp.create("gcp:dataproc/workflowTemplate:WorkflowTemplate", "mine", {**case.inputs, "placement": placement})
    body = google.calls("POST", "/workflowTemplates")[0].body
    assert body["id"] == "mine"
    assert body["jobs"] == [JOB]
    assert body["placement"]["managedCluster"] == {
        "clusterName": "c",
        "labels": {"zone": "kept"},
        "config": {
            "configBucket": "b",
            "gceClusterConfig": {"zoneUri": "z", "subnetworkUri": "s", "metadata": {"zone": "kept"}},
            "masterConfig": {"machineTypeUri": "n2-standard-4", "numInstances": 1},
            "autoscalingConfig": {"policyUri": "p"},
            "softwareConfig": {"properties": {"spark:zone": "kept"}},
        },
    }
