"""Objects that Kubernetes' published schemas don't allow, as the API server refuses them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localcloud.services.kubernetes.bodies import config_map, deployment
from tests.localcloud.services.kubernetes.in_process import InProcess

DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"


def test_misspelt_fields_are_refused_with_their_paths(in_process: InProcess) -> None:
    body = deployment()
    body["spec"]["replica"] = 3
    body["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    status = in_process.call("POST", DEPLOYMENTS, body)
    assert (status["kind"], status["code"], status["reason"]) == ("Status", 422, "Invalid")
    assert {cause["field"]: cause["message"] for cause in status["details"]["causes"]} == {
        "spec.replica": "unknown field, did you mean replicas?",
        "spec.template.spec.containers[0].readinesProbe": "unknown field, did you mean readinessProbe?",
    }
    assert in_process.call("GET", DEPLOYMENTS)["items"] == []


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("replicas", "two", "spec.replicas: Invalid value: 'two' is not of type 'integer'"),
        ("template", None, "spec: Required value: 'template' is a required property"),
    ],
)
def test_wrong_values_are_refused(in_process: InProcess, path: str, value: Any, message: str) -> None:
    body = deployment()
    body["spec"][path] = value
    status = in_process.call("POST", DEPLOYMENTS, body)
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert message in status["message"]


def test_at_most_ten_causes_are_listed(in_process: InProcess) -> None:
    body = {**config_map("c"), **{f"unknown{index}": 1 for index in range(20)}}
    status = in_process.call("POST", "/api/v1/namespaces/default/configmaps", body)
    assert len(status["details"]["causes"]) == 10


@pytest.mark.parametrize(
    ("resource", "namespace", "body"),
    [
        ("roles.rbac.authorization.k8s.io", "default", {"rules": [{"verbs": ["get"], "resources": ["pods"]}]}),
        ("priorityclasses.scheduling.k8s.io", "", {"value": 10}),
        ("networkpolicies.networking.k8s.io", "default", {"spec": {"podSelector": {}}}),
        ("poddisruptionbudgets.policy", "default", {"spec": {"minAvailable": 1, "selector": {}}}),
    ],
)
def test_every_group_has_its_own_schema(
    in_process: InProcess, resource: str, namespace: str, body: dict[str, Any]
) -> None:
    made = in_process.create(resource, {"metadata": {"name": "x"}, **body}, namespace)
    assert in_process.store.require(resource, namespace, "x") == made
