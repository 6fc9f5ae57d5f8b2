"""Rules between fields that schemas can't say, as the API server refuses what breaks them."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.services.kubernetes.api.errors import ApiError
from tests.localcloud.services.kubernetes.bodies import config_map, deployment, service, shell
from tests.localcloud.services.kubernetes.in_process import InProcess


def refused(cluster: InProcess, resource: str, body: dict[str, Any]) -> str:
    with pytest.raises(ApiError) as caught:
        cluster.create(resource, body)
    assert (caught.value.code, caught.value.reason) == (422, "Invalid")
    return caught.value.message


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("selector", {"matchLabels": {"app": "x"}}, "`selector` does not match template `labels`"),
        ("selector", {}, "spec.selector: Invalid value: {}: an empty selector is not allowed"),
        ("replicas", -1, "spec.replicas: Invalid value: -1: must be between 0 and"),
        ("strategy", {"type": "Blue"}, "spec.strategy.type: Unsupported value: 'Blue'"),
        ("strategy", {"rollingUpdate": {"maxSurge": "abc"}}, "rollingUpdate.maxSurge: Invalid value: 'abc'"),
        ("strategy", {"rollingUpdate": {"maxUnavailable": -1}}, "rollingUpdate.maxUnavailable: Invalid value: -1"),
    ],
)
def test_wrong_deployments_are_refused(in_process: InProcess, path: str, value: Any, message: str) -> None:
    body = deployment()
    body["spec"][path] = value
    assert message in refused(in_process, "deployments.apps", body)


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
    ("spec", "message"),
    [
        ({"minAvailable": "half"}, "spec.minAvailable: Invalid value: 'half'"),
        ({"minAvailable": 1, "maxUnavailable": 1}, "minAvailable and maxUnavailable cannot be both set"),
    ],
)
def test_wrong_budgets_are_refused(in_process: InProcess, spec: dict[str, Any], message: str) -> None:
    body = {"metadata": {"name": "web"}, "spec": {"selector": {"matchLabels": {"app": "web"}}, **spec}}
    assert message in refused(in_process, "poddisruptionbudgets.policy", body)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"ports": []}, "spec.ports: Required value"),
        ({"ports": [{"port": 70000}]}, "Invalid value: 70000: must be between 1 and 65535"),
        ({"ports": [{"port": 1}, {"port": 2}]}, "spec.ports[1].name: Required value"),
        ({"type": "Public"}, "spec.type: Unsupported value: 'Public'"),
    ],
)
def test_wrong_services_are_refused(in_process: InProcess, spec: dict[str, Any], message: str) -> None:
    body = service()
    body["spec"] |= spec
    assert message in refused(in_process, "services", body)


@pytest.mark.parametrize(("least", "most"), [(0, 3), (4, 3), (1, 0)])
def test_wrong_limits_of_an_autoscaler_are_refused(in_process: InProcess, least: int, most: int) -> None:
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "minReplicas": least, "maxReplicas": most}
    body = {"metadata": {"name": "web"}, "spec": spec}
    assert "Replicas: Invalid value" in refused(in_process, "horizontalpodautoscalers.autoscaling", body)


@pytest.mark.parametrize(
    ("resource", "name", "good"),
    [
        ("configmaps", "with.dots", True),
        ("services", "with.dots", False),  # its name becomes a label of a domain
        ("configmaps", "Upper", False),
        ("roles.rbac.authorization.k8s.io", "system:basic", True),
        ("roles.rbac.authorization.k8s.io", "a/b", False),
    ],
)
def test_names(in_process: InProcess, resource: str, name: str, good: bool) -> None:
    body = {"services": service(), "configmaps": config_map("x")}.get(resource, {"rules": []})
    body = {**body, "metadata": {"name": name}}
    if good:
        in_process.create(resource, body)
    else:
        assert "metadata.name: Invalid value" in refused(in_process, resource, body)


def test_what_a_running_pod_keeps(in_process: InProcess) -> None:
    path = "/api/v1/namespaces/default/pods/p"
    merge = {"Content-Type": "application/strategic-merge-patch+json"}
    in_process.create("pods", shell("p", "true"))
    new_image = {"spec": {"containers": [{"name": "main", "image": "i:2"}]}}
    assert in_process.call("PATCH", path, new_image, **merge)["spec"]["containers"][0]["image"] == "i:2"
    status = in_process.call("PATCH", path, {"spec": {"restartPolicy": "Always"}}, **merge)
    assert "spec: Forbidden: pod updates may not change fields other than" in status["message"]
