"""Rules of structs, wherever these occur."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localcloud.services.kubernetes.bodies import config_map, deployment, shell
from tests.localcloud.services.kubernetes.in_process import InProcess, refused


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("image", "", "containers[0].image: Required value"),
        ("name", "Web_1", "containers[0].name: Invalid value: 'Web_1'"),
        ("volumeMounts", [{"name": "x", "mountPath": "/x"}], "volumeMounts[0].name: Not found: 'x'"),
        ("livenessProbe", {"periodSeconds": 1}, "livenessProbe: Required value: must specify exactly one of"),
        (
            "resources",
            {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}},
            "requests: Invalid value: '2': must be less than or equal to cpu limit of 1",
        ),
        ("imagePullPolicy", "Sometimes", "Unsupported value: 'Sometimes': supported values: Always, IfNotPresent"),
    ],
)
def test_wrong_containers_are_refused(in_process: InProcess, field: str, value: Any, message: str) -> None:
    body = deployment()
    body["spec"]["template"]["spec"]["containers"][0][field] = value
    assert message in refused(in_process, "deployments.apps", body)


@pytest.mark.parametrize("labels", [{"a b": "x"}, {"-key": "x"}, {"key": "no spaces"}, {"/key": "x"}, {"key": "x/y"}])
def test_wrong_labels_of_pods_are_refused(in_process: InProcess, labels: dict[str, str]) -> None:
    body = deployment()
    body["spec"]["template"]["metadata"]["labels"] |= labels
    assert "spec.template.metadata.labels" in refused(in_process, "deployments.apps", body)


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"labels": {"a": "x" * 64}}, "metadata.labels: Invalid value"),
        ({"annotations": {"a b": ""}}, "metadata.annotations: Invalid value: 'a b'"),
        ({"annotations": {"a": "x" * 2**18}}, "metadata.annotations: Too long: may not be more than 262144 bytes"),
        ({"finalizers": ["plain"]}, "metadata.finalizers[0]: Invalid value: 'plain'"),
        (
            {"ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": ""}]},
            "metadata.ownerReferences[0].uid: Required value",
        ),
        (
            {
                "ownerReferences": [
                    {"apiVersion": "v1", "kind": "Pod", "name": name, "uid": name, "controller": True}
                    for name in ("p", "q")
                ]
            },
            "Only one reference can have Controller set to true",
        ),
    ],
)
def test_wrong_metadata_is_refused(in_process: InProcess, metadata: dict[str, Any], message: str) -> None:
    body = config_map("c")
    body["metadata"] |= metadata
    assert message in refused(in_process, "configmaps", body)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"volumes": [{"name": "v", "emptyDir": {}}] * 2}, "spec.volumes[1].name: Duplicate value: 'v'"),
        (
            {"volumes": [{"name": "v", "emptyDir": {}, "secret": {"secretName": "s"}}]},
            "spec.volumes[0].secret: Forbidden: may not specify more than 1 volume type",
        ),
        ({"restartPolicy": "Sometimes"}, "spec.restartPolicy: Unsupported value: 'Sometimes'"),
        ({"terminationGracePeriodSeconds": -1}, "spec.terminationGracePeriodSeconds: Invalid value: -1"),
        ({"containers": []}, "spec.containers: Required value"),
    ],
)
def test_wrong_pods_are_refused(in_process: InProcess, spec: dict[str, Any], message: str) -> None:
    body = shell("p", "true")
    body["spec"] |= spec
    assert message in refused(in_process, "pods", body)


@pytest.mark.parametrize(
    ("requirement", "message"),
    [
        ({"key": "a", "operator": "Near"}, "operator: Unsupported value: 'Near'"),
        ({"key": "a", "operator": "In"}, "values: Required value: must be specified when `operator` is 'In'"),
        ({"key": "a", "operator": "Exists", "values": ["b"]}, "values: Forbidden"),
        ({"key": "a b", "operator": "Exists"}, "key: Invalid value: 'a b'"),
    ],
)
def test_wrong_requirements_are_refused(in_process: InProcess, requirement: dict[str, Any], message: str) -> None:
    body = {"metadata": {"name": "b"}, "spec": {"selector": {"matchExpressions": [requirement]}, "minAvailable": 1}}
    found = refused(in_process, "poddisruptionbudgets.policy", body)
    assert f"spec.selector.matchExpressions[0].{message}" in found


def test_a_variable_has_one_value(in_process: InProcess) -> None:
    source = {"fieldRef": {"fieldPath": "metadata.name"}}
    for variable, message in (
        ({"name": "A", "value": "1", "valueFrom": source}, "valueFrom: Invalid value"),
        ({"name": "A", "valueFrom": {}}, "valueFrom: Required value: must specify exactly one of"),
        ({"name": "A=B"}, "name: Invalid value: 'A=B'"),
    ):
        assert f"env[0].{message}" in refused(in_process, "pods", shell("p", "true", env=[variable]))
