"""What Kubernetes' published schemas don't have, and what an API server does about it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localcloud.services.kubernetes.bodies import config_map, deployment, shell
from tests.localcloud.services.kubernetes.in_process import InProcess

DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
MAPS = "/api/v1/namespaces/default/configmaps"
UNREADABLE = 'Deployment in version "v1" cannot be handled as a Deployment: '
MERGE = {"Content-Type": "application/merge-patch+json"}


def misspelt() -> dict[str, Any]:
    body = deployment()
    body["spec"]["replica"] = 3
    body["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    return body


PROBLEMS = ['unknown field "spec.replica"', 'unknown field "spec.template.spec.containers[0].readinesProbe"']


@pytest.mark.parametrize("asked", ["", "?fieldValidation=Warn"])
def test_misspelt_fields_are_dropped_with_a_warning(in_process: InProcess, asked: str) -> None:
    answer = in_process.send("POST", f"{DEPLOYMENTS}{asked}", misspelt())
    warnings = [f'299 - "{problem}"'.replace('field "', 'field \\"').replace('""', '\\""') for problem in PROBLEMS]
    assert (answer.status_code, answer.headers.get_list("warning")) == (201, warnings)
    assert "replica" not in answer.json()["spec"]


def test_misspelt_fields_are_dropped_in_silence_if_that_is_asked_for(in_process: InProcess) -> None:
    answer = in_process.send("POST", f"{DEPLOYMENTS}?fieldValidation=Ignore", misspelt())
    assert (answer.status_code, "warning" in answer.headers) == (201, False)


def test_misspelt_fields_are_refused_if_that_is_asked_for(in_process: InProcess) -> None:
    status = in_process.call("POST", f"{DEPLOYMENTS}?fieldValidation=Strict", misspelt())
    assert (status["kind"], status["code"], status["reason"]) == ("Status", 400, "BadRequest")
    assert status["message"] == f"{UNREADABLE}strict decoding error: {', '.join(PROBLEMS)}"
    assert in_process.call("GET", DEPLOYMENTS)["items"] == []
    status = in_process.call("POST", f"{DEPLOYMENTS}?fieldValidation=Loud", misspelt())
    assert (status["code"], status["details"]["causes"][0]["field"]) == (422, "fieldValidation")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_changes_are_read_as_strictly(in_process: InProcess, method: str) -> None:
    in_process.create("configmaps", config_map("c"))
    path, body, headers = (
        f"{MAPS}/c?fieldValidation=",
        {**config_map("c"), "datum": {}},
        MERGE if method == "PATCH" else {},
    )
    refused = in_process.call(method, f"{path}Strict", body, **headers)
    assert (refused["code"], 'unknown field "datum"' in refused["message"]) == (400 if method == "PUT" else 422, True)
    assert (
        in_process.send(method, f"{path}Warn", body, **headers).headers["warning"]
        == '299 - "unknown field \\"datum\\""'
    )


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("application/json", '{"metadata": {"name": "c", "name": "c"}, "data": {"a": "1", "a": "2"}}'),
        ("application/yaml", "metadata: {name: c, name: c}\ndata:\n  a: '1'\n  a: '2'\n"),
    ],
)
def test_fields_given_twice_are_told(in_process: InProcess, kind: str, text: str) -> None:
    problems = 'duplicate field "metadata.name", duplicate field "data.a"'
    refused = in_process.call("POST", f"{MAPS}?fieldValidation=Strict", text, **{"Content-Type": kind})
    assert refused["message"].endswith(f"strict decoding error: {problems}")
    answer = in_process.send("POST", MAPS, text, **{"Content-Type": kind})
    assert (answer.json()["data"], len(answer.headers.get_list("warning"))) == ({"a": "2"}, 2)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("replicas", "two", "spec.replicas: 'two' is not of type 'integer', 'null'"),
        ("replicas", 2**31, "spec.replicas: 2147483648 is not a 'int32'"),
        ("template", [], "spec.template: [] is not of type 'object', 'null'"),
    ],
)
def test_values_of_a_wrong_type_cannot_be_read(in_process: InProcess, path: str, value: Any, message: str) -> None:
    body = deployment()
    body["spec"][path] = value
    status = in_process.call("POST", DEPLOYMENTS, body)
    assert (status["code"], status["reason"], status["message"]) == (400, "BadRequest", f"{UNREADABLE}{message}")
    in_process.create("deployments.apps", deployment())
    patched = in_process.call("PATCH", f"{DEPLOYMENTS}/web", {"spec": {path: value}}, **MERGE)
    assert (patched["code"], patched["details"]["causes"][0]["field"]) == (422, "patch")


@pytest.mark.parametrize(
    ("resource", "body", "message"),
    [
        ("secrets", {"data": {"a": "no base64"}}, "data.a: 'no base64' is not a 'byte'"),
        ("configmaps", {"binaryData": {"a": "1"}}, "binaryData.a: '1' is not a 'byte'"),
        ("configmaps", {"data": {"a": 1}}, "data.a: 1 is not of type 'string', 'null'"),
        ("configmaps", {"metadata": {"labels": {"a": True}}}, "metadata.labels.a: True is not of type"),
        ("events", {"involvedObject": {}, "firstTimestamp": "now"}, "firstTimestamp: 'now' is not a 'date-time'"),
        ("pods", shell("p", "true", resources={"limits": {"cpu": "a lot"}}), "'a lot': quantities must match"),
    ],
)
def test_texts_are_read_too(in_process: InProcess, resource: str, body: dict[str, Any], message: str) -> None:
    body = {**body, "metadata": {"name": "x", **body.get("metadata", {})}}
    status = in_process.call("POST", f"/api/v1/namespaces/default/{resource}", body)
    assert (status["code"], message in status["message"]) == (400, True)


def test_what_is_missing_is_named(in_process: InProcess) -> None:
    body = {"metadata": {"name": "web"}, "spec": {}}
    status = in_process.call("POST", DEPLOYMENTS, body)
    missing = [(cause["field"], cause["reason"]) for cause in status["details"]["causes"]]
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert missing == [("spec.selector", "FieldValueRequired"), ("spec.template", "FieldValueRequired")]


@pytest.mark.parametrize(
    ("resource", "namespace", "body"),
    [
        (
            "roles.rbac.authorization.k8s.io",
            "default",
            {"rules": [{"apiGroups": [""], "verbs": ["get"], "resources": ["pods"]}]},
        ),
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
