"""Rules of kinds: what breaks them is refused with the field's path."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localcloud.services.kubernetes.bodies import config_map, deployment, service
from tests.localcloud.services.kubernetes.in_process import InProcess, refused


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
    ("spec", "message"),
    [
        ({"ports": [{"name": "a", "port": 1}, {"name": "a", "port": 2}]}, "spec.ports[1].name: Duplicate value: 'a'"),
        ({"ports": [{"name": "a", "port": 1}, {"name": "b", "port": 1}]}, "spec.ports[1]: Duplicate value: '1/TCP'"),
        ({"type": "ExternalName", "externalName": "no name"}, "spec.externalName: Invalid value: 'no name'"),
        ({"selector": {"a b": "c"}}, "spec.selector: Invalid value: 'a b'"),
    ],
)
def test_services_that_could_not_be_told_apart(in_process: InProcess, spec: dict[str, Any], message: str) -> None:
    body = service()
    body["spec"] |= spec
    assert message in refused(in_process, "services", body)


@pytest.mark.parametrize("key", ["a b", "", ".", "..", "a/b", "x" * 254, "é"])
@pytest.mark.parametrize("resource", ["configmaps", "secrets"])
def test_keys_of_data(in_process: InProcess, resource: str, key: str) -> None:
    assert f"data[{key}]: Invalid value" in refused(
        in_process, resource, {"metadata": {"name": "c"}, "data": {key: ""}}
    )
    in_process.create(resource, {"metadata": {"name": "c"}, "data": {"A-z_0.9": ""}})


def test_a_mebibyte_is_the_most(in_process: InProcess) -> None:
    most = 2**20
    in_process.create("configmaps", config_map("fits", a="x" * most))
    assert f"may not be more than {most} bytes" in refused(in_process, "configmaps", config_map("c", a="é" * most))
    halves = {"data": {"a": "x" * (most // 2)}, "binaryData": {"b": "AAAA" * (most // 6 + 1)}}
    assert "Too long" in refused(in_process, "configmaps", {"metadata": {"name": "c"}, **halves})
    secret = {"metadata": {"name": "s"}, "data": {"a": "AAAA" * (most // 3 + 1)}}
    assert "data: Too long" in refused(in_process, "secrets", secret)


def test_a_key_is_of_text_or_of_bytes(in_process: InProcess) -> None:
    body = {"metadata": {"name": "c"}, "data": {"a": "1"}, "binaryData": {"a": "MQ=="}}
    assert "duplicate of key present in binaryData" in refused(in_process, "configmaps", body)


@pytest.mark.parametrize(
    ("kind", "data", "missing"),
    [
        ("kubernetes.io/tls", {"tls.crt": ""}, "data[tls.key]: Required value"),
        ("kubernetes.io/basic-auth", {"password": ""}, ""),
        ("kubernetes.io/basic-auth", {}, "data[username]: Required value"),
        ("kubernetes.io/dockerconfigjson", {}, "data[.dockerconfigjson]: Required value"),
        ("kubernetes.io/dockerconfigjson", {".dockerconfigjson": "eA=="}, "data[.dockerconfigjson]: Invalid value"),
        ("kubernetes.io/dockerconfigjson", {".dockerconfigjson": "e30="}, ""),
        ("kubernetes.io/ssh-auth", {}, "data[ssh-privatekey]: Required value"),
        (
            "kubernetes.io/service-account-token",
            {},
            "metadata.annotations[kubernetes.io/service-account.name]: Required",
        ),
        ("mine/own", {}, ""),
    ],
)
def test_what_a_secret_of_a_type_has(in_process: InProcess, kind: str, data: dict[str, str], missing: str) -> None:
    body = {"metadata": {"name": "s"}, "type": kind, "data": data}
    if missing:
        assert missing in refused(in_process, "secrets", body)
    else:
        assert in_process.create("secrets", body)["type"] == kind


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"verbs": ["get"], "nonResourceURLs": ["/x"]}, "rules[0].nonResourceURLs: Invalid value"),
        ({"verbs": ["get"], "resources": ["pods"]}, "rules[0].apiGroups: Required value"),
        ({"apiGroups": [""], "resources": ["pods"], "verbs": []}, "rules[0].verbs: Required value"),
    ],
)
def test_wrong_roles_are_refused(in_process: InProcess, rule: dict[str, Any], message: str) -> None:
    body = {"metadata": {"name": "r"}, "rules": [rule]}
    assert message in refused(in_process, "roles.rbac.authorization.k8s.io", body)
