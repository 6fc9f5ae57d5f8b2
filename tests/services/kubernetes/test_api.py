"""The API servers' verbs, checks and errors, through the official client."""

from __future__ import annotations

import json
import ssl
import threading
import urllib.error
import urllib.request
from typing import Any

import pytest
from kubernetes import client, watch

from tests.services.kubernetes.harness import Kube, deployment, service


def error(caught: pytest.ExceptionInfo[client.ApiException]) -> tuple[int | None, str, str]:
    body = json.loads(str(caught.value.body))
    assert body["kind"] == "Status"
    return caught.value.status, body["reason"], body["message"]


def config_map(name: str, labels: dict[str, str] | None = None, **data: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "labels": labels or {}}, "data": data}


def call(kube: Kube, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """A request past the client's typed methods, which check bodies themselves. Error bodies are returned."""
    config = kube.api.configuration
    token = {"Authorization": config.get_api_key_with_prefix("BearerToken") or ""}
    context = ssl.create_default_context(cafile=config.ssl_ca_cert)
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(config.host + path, data, {**token, **headers}, method=method)
    try:
        with urllib.request.urlopen(request, context=context, timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        return json.load(refused)


def create_deployment(kube: Kube, namespace: str, body: dict[str, Any]) -> Any:
    return call(kube, "POST", f"/apis/apps/v1/namespaces/{namespace}/deployments", body)


def test_misspelt_fields_are_refused_with_their_paths(kube: Kube, namespace: str) -> None:
    body = deployment()
    body["spec"]["replica"] = 3
    body["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    status = create_deployment(kube, namespace, body)
    assert (status["kind"], status["code"], status["reason"]) == ("Status", 422, "Invalid")
    assert {cause["field"]: cause["message"] for cause in status["details"]["causes"]} == {
        "spec.replica": "unknown field, did you mean replicas?",
        "spec.template.spec.containers[0].readinesProbe": "unknown field, did you mean readinessProbe?",
    }
    assert kube.apps.list_namespaced_deployment(namespace).items == []


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("replicas", "two", "spec.replicas: Invalid value: 'two' is not of type 'integer'"),
        ("selector", {"matchLabels": {"app": "x"}}, "selector does not match template labels"),
        ("strategy", {"type": "Blue"}, "spec.strategy.type: Unsupported value: 'Blue'"),
        ("template", None, "spec: Required value: 'template' is a required property"),
    ],
)
def test_wrong_values_are_refused(kube: Kube, namespace: str, path: str, value: Any, message: str) -> None:
    body = deployment()
    body["spec"][path] = value
    status = create_deployment(kube, namespace, body)
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert message in status["message"]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("image", "", "containers[0].image: Required value"),
        ("name", "Web_1", "containers[0].name: Invalid value: 'Web_1'"),
        ("volumeMounts", [{"name": "x", "mountPath": "/x"}], "volumeMounts[0].name: Not found: 'x'"),
        ("livenessProbe", {"periodSeconds": 1}, "livenessProbe: Required value: exactly one of"),
        ("resources", {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}, "requests.cpu: Invalid value: '2' is above"),
        ("resources", {"requests": {"cpu": "a lot"}}, "requests.cpu: Invalid value: 'a lot' is not a quantity"),
    ],
)
def test_wrong_containers_are_refused(kube: Kube, namespace: str, field: str, value: Any, message: str) -> None:
    body = deployment()
    body["spec"]["template"]["spec"]["containers"][0][field] = value
    status = create_deployment(kube, namespace, body)
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert message in status["message"]


def test_conflicts_and_missing_objects(kube: Kube, namespace: str) -> None:
    kube.core.create_namespaced_config_map(namespace, config_map("one", key="1"))
    first = kube.core.read_namespaced_config_map("one", namespace)
    kube.core.patch_namespaced_config_map("one", namespace, {"data": {"key": "2"}})
    first.data["key"] = "3"
    with pytest.raises(client.ApiException) as caught:
        kube.core.replace_namespaced_config_map("one", namespace, first)
    assert error(caught)[:2] == (409, "Conflict")
    with pytest.raises(client.ApiException) as caught:
        kube.core.create_namespaced_config_map(namespace, config_map("one"))
    assert error(caught) == (409, "AlreadyExists", 'configmaps "one" already exists')
    assert kube.core.read_namespaced_config_map("one", namespace).data == {"key": "2"}
    with pytest.raises(client.ApiException) as caught:
        kube.core.read_namespaced_config_map("two", namespace)
    assert error(caught) == (404, "NotFound", 'configmaps "two" not found')
    with pytest.raises(client.ApiException) as caught:
        kube.core.create_namespaced_config_map("nowhere", config_map("one"))
    assert error(caught) == (404, "NotFound", 'namespaces "nowhere" not found')
    with pytest.raises(client.ApiException) as caught:
        client.BatchV1Api(kube.api).list_namespaced_job(namespace)
    assert error(caught)[:2] == (404, "NotFound")


def test_patches(kube: Kube, namespace: str) -> None:
    kube.apps.create_namespaced_deployment(namespace, deployment(replicas=0, env=[{"name": "A", "value": "1"}]))
    strategic = {
        "spec": {"template": {"spec": {"containers": [{"name": "web", "env": [{"name": "B", "value": "2"}]}]}}}
    }
    patched = kube.apps.patch_namespaced_deployment("web", namespace, strategic)
    names = [entry.name for entry in patched.spec.template.spec.containers[0].env]
    assert names == ["POD_IP", "A", "B"]
    assert patched.spec.template.spec.containers[0].image
    assert patched.metadata.generation == 2
    operations = [
        {"op": "test", "path": "/spec/replicas", "value": 0},
        {"op": "remove", "path": "/spec/template/spec/containers/0/env/2"},
    ]
    patched = kube.apps.patch_namespaced_deployment("web", namespace, operations)
    assert [entry.name for entry in patched.spec.template.spec.containers[0].env] == ["POD_IP", "A"]
    with pytest.raises(client.ApiException) as caught:
        kube.apps.patch_namespaced_deployment("web", namespace, [{"op": "remove", "path": "/spec/nothing"}])
    assert error(caught)[0] == 422
    same = kube.apps.patch_namespaced_deployment("web", namespace, {"spec": {"replicas": 0}})
    assert (
        same.metadata.resource_version
        == kube.apps.read_namespaced_deployment("web", namespace).metadata.resource_version
    )


def apply(kube: Kube, namespace: str, body: dict[str, Any], manager: str = "pulumi") -> Any:
    path = f"/api/v1/namespaces/{namespace}/configmaps/{body['metadata']['name']}?fieldManager={manager}"
    return call(kube, "PATCH", path, body, **{"Content-Type": "application/apply-patch+yaml"})


def test_server_side_apply_owns_its_fields(kube: Kube, namespace: str) -> None:
    def body(**data: str) -> dict[str, Any]:
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "applied"}, "data": data}

    apply(kube, namespace, body(a="1", b="1"))
    apply(kube, namespace, body(c="1"), "somebody")
    applied = apply(kube, namespace, body(a="2"))
    assert applied["data"] == {"a": "2", "c": "1"}
    managers = {entry["manager"]: entry["fieldsV1"] for entry in applied["metadata"]["managedFields"]}
    assert managers == {"pulumi": {"f:data": {"f:a": {}}}, "somebody": {"f:data": {"f:c": {}}}}


@pytest.mark.parametrize("auth", ["", "Bearer forged"])
def test_only_known_callers(kube: Kube, auth: str) -> None:
    status = call(kube, "GET", "/api/v1/namespaces", Authorization=auth)
    assert (status["code"], status["reason"]) == (401, "Unauthorized")


def test_selectors_and_collections(kube: Kube, namespace: str) -> None:
    for name, tier in (("a", "front"), ("b", "back"), ("c", "back")):
        kube.core.create_namespaced_config_map(namespace, config_map(name, {"tier": tier, "own": "1"}))

    def found(**selectors: str) -> list[str]:
        return [item.metadata.name for item in kube.core.list_namespaced_config_map(namespace, **selectors).items]

    assert found(label_selector="tier=back") == ["b", "c"]
    assert found(label_selector="tier in (front, other),own") == ["a"]
    assert found(label_selector="tier!=back,own=1") == ["a"]
    assert found(label_selector="!own") == []
    assert found(field_selector="metadata.name=b") == ["b"]
    with pytest.raises(client.ApiException) as caught:
        found(label_selector="tier=(")
    assert error(caught)[:2] == (400, "BadRequest")
    kube.core.delete_collection_namespaced_config_map(namespace, label_selector="tier=back")
    assert found() == ["a"]


def test_watch_sees_every_change_in_order(kube: Kube, namespace: str) -> None:
    kube.core.create_namespaced_config_map(namespace, config_map("before"))
    start = kube.core.list_namespaced_config_map(namespace).metadata.resource_version
    seen: list[tuple[str, str]] = []

    def follow() -> None:
        stream = watch.Watch().stream(
            kube.core.list_namespaced_config_map, namespace, resource_version=start, timeout_seconds=20,
            label_selector="kept=yes",
        )  # fmt: skip
        for event in stream:
            seen.append((event["type"], event["object"].metadata.name))
            if len(seen) == 4:
                return

    follower = threading.Thread(target=follow)
    follower.start()
    kube.core.create_namespaced_config_map(namespace, config_map("x", {"kept": "yes"}))
    kube.core.patch_namespaced_config_map("x", namespace, {"data": {"k": "v"}})
    kube.core.create_namespaced_config_map(namespace, config_map("other"))
    kube.core.patch_namespaced_config_map("x", namespace, {"metadata": {"labels": {"kept": "no"}}})
    kube.core.create_namespaced_config_map(namespace, config_map("y", {"kept": "yes"}))
    follower.join(20)
    assert seen == [("ADDED", "x"), ("MODIFIED", "x"), ("DELETED", "x"), ("ADDED", "y")]


def test_discovery(kube: Kube) -> None:
    assert client.VersionApi(kube.api).get_code().minor == "33"
    groups = {group.name for group in client.ApisApi(kube.api).get_api_versions().groups}
    assert {"apps", "autoscaling", "policy", "networking.k8s.io", "rbac.authorization.k8s.io"} <= groups
    resources = {entry.name: entry for entry in kube.apps.get_api_resources().resources}
    assert resources["deployments"].kind == "Deployment"
    assert resources["deployments/scale"].kind == "Scale"
    assert "pods/log" in {entry.name for entry in kube.core.get_api_resources().resources}


def test_a_new_namespace_has_its_service_account_and_takes_all_with_it(kube: Kube, namespace: str) -> None:
    name = f"{namespace}-2"[-60:].strip("-")
    kube.core.create_namespace({"metadata": {"name": name}})
    kube.core.create_namespaced_service(name, service())
    kube.core.delete_namespace(name)
    names = [item.metadata.name for item in kube.core.list_namespaced_service_account(namespace).items]
    assert names == ["default"]


def test_dry_run_stores_nothing_and_generate_name_gives_names(kube: Kube, namespace: str) -> None:
    dry = kube.core.create_namespaced_config_map(namespace, config_map("dry"), dry_run="All")
    assert dry.metadata.uid
    assert kube.core.list_namespaced_config_map(namespace).items == []
    made = {
        kube.core.create_namespaced_config_map(namespace, {"metadata": {"generateName": "many-"}}).metadata.name
        for _ in range(3)
    }
    assert len(made) == 3
    assert all(name.startswith("many-") and len(name) == 10 for name in made)
