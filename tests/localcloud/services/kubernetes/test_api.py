"""The API servers' verbs, checks and errors, through the official client."""

from __future__ import annotations

import json
import threading
from typing import Any
from urllib.parse import urlencode

import pytest
from kubernetes import client, watch

from tests.localcloud.services.kubernetes.harness import DEADLINE_SECONDS, Kube, call, deployment, service


def error(caught: pytest.ExceptionInfo[client.ApiException]) -> tuple[int | None, str, str]:
    body = json.loads(str(caught.value.body))
    assert body["kind"] == "Status"
    return caught.value.status, body["reason"], body["message"]


def config_map(name: str, labels: dict[str, str] | None = None, **data: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "labels": labels or {}}, "data": data}


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
        ("strategy", {"rollingUpdate": {"maxSurge": "abc"}}, "rollingUpdate.maxSurge: Invalid value: 'abc'"),
        ("strategy", {"rollingUpdate": {"maxUnavailable": -1}}, "rollingUpdate.maxUnavailable: Invalid value: -1"),
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


@pytest.mark.parametrize("labels", [{"a b": "x"}, {"-key": "x"}, {"key": "no spaces"}, {"/key": "x"}, {"key": "x/y"}])
def test_wrong_labels_of_pods_are_refused(kube: Kube, namespace: str, labels: dict[str, str]) -> None:
    body = deployment()
    body["spec"]["template"]["metadata"]["labels"] |= labels
    status = create_deployment(kube, namespace, body)
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert "spec.template.metadata.labels" in status["message"]


def test_wrong_budgets_are_refused(kube: Kube, namespace: str) -> None:
    spec = {"minAvailable": "half", "selector": {"matchLabels": {"app": "web"}}}
    with pytest.raises(client.ApiException) as caught:
        kube.policy.create_namespaced_pod_disruption_budget(namespace, {"metadata": {"name": "web"}, "spec": spec})
    status, _, message = error(caught)
    assert status == 422
    assert "spec.minAvailable: Invalid value: 'half'" in message


def test_secrets_are_returned_as_data_only(kube: Kube, namespace: str) -> None:
    body = {"metadata": {"name": "s"}, "data": {"old": "b2xk"}, "stringData": {"key": "hidden"}}
    made = kube.core.create_namespaced_secret(namespace, body)
    assert (made.data, made.string_data) == ({"old": "b2xk", "key": "aGlkZGVu"}, None)
    patched = kube.core.patch_namespaced_secret("s", namespace, {"stringData": {"key": "new"}})
    assert (patched.data, patched.string_data) == ({"old": "b2xk", "key": "bmV3"}, None)
    with pytest.raises(client.ApiException) as caught:
        kube.core.patch_namespaced_secret("s", namespace, {"data": {"old": "not base64"}})
    assert error(caught)[0] == 422
    assert kube.core.read_namespaced_secret("s", namespace).data == {"old": "b2xk", "key": "bmV3"}


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


def test_yaml_that_is_not_json_is_refused_and_nothing_is_broken(kube: Kube, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/configmaps/dated?fieldManager=me"
    document = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: dated}\ndata: {2020-01-01: x}\n"
    kind = {"Content-Type": "application/apply-patch+yaml"}
    assert call(kube, "PATCH", path, document, **kind)["code"] == 400
    assert call(kube, "PATCH", path, document.replace("2020-01-01", "'2020-01-01'"), **kind)["data"] == {
        "2020-01-01": "x"
    }


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
            kube.core.list_namespaced_config_map, namespace, resource_version=start,
            label_selector="kept=yes", timeout_seconds=int(DEADLINE_SECONDS),
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
    follower.join(DEADLINE_SECONDS)
    assert seen == [("ADDED", "x"), ("MODIFIED", "x"), ("DELETED", "x"), ("ADDED", "y")]


@pytest.mark.parametrize("wrong", [{"resourceVersion": "new"}, {"timeoutSeconds": "soon"}])
def test_watches_that_cannot_be_understood_are_refused(kube: Kube, wrong: dict[str, str]) -> None:
    status = call(kube, "GET", f"/api/v1/namespaces?watch=true&{urlencode(wrong)}")
    assert (status["code"], status["reason"]) == (400, "BadRequest")


def test_a_patch_cannot_rename(kube: Kube, namespace: str) -> None:
    kube.core.create_namespaced_config_map(namespace, config_map("one", key="1"))
    with pytest.raises(client.ApiException) as caught:
        kube.core.patch_namespaced_config_map("one", namespace, {"metadata": {"name": "two"}})
    assert error(caught)[:2] == (400, "BadRequest")
    names = [item.metadata.name for item in kube.core.list_namespaced_config_map(namespace).items]
    assert names == ["one"]


def test_a_patch_of_the_scale_without_replicas_keeps_them(kube: Kube, namespace: str) -> None:
    kube.apps.create_namespaced_deployment(namespace, deployment(replicas=0))
    kube.apps.patch_namespaced_deployment("web", namespace, {"spec": {"paused": True, "replicas": 3}})
    scale = kube.apps.patch_namespaced_deployment_scale("web", namespace, {"metadata": {"labels": {"a": "b"}}})
    assert scale.spec.replicas == 3
    assert kube.apps.read_namespaced_deployment("web", namespace).spec.replicas == 3


def test_node_ports_are_given_once(kube: Kube, namespace: str) -> None:
    def made(name: str, *node_ports: int | None) -> list[int]:
        ports = [
            {"name": f"p{index}", "port": 8080 + index, **({"nodePort": wanted} if wanted else {})}
            for index, wanted in enumerate(node_ports)
        ]
        body = {"metadata": {"name": name}, "spec": {"type": "NodePort", "selector": {"app": "x"}, "ports": ports}}
        found = kube.core.create_namespaced_service(namespace, body)
        return [port.node_port for port in found.spec.ports]

    (first,) = made("first", None)
    assert made("second", first + 1) == [first + 1]
    given = made("third", None, None, first + 2)
    assert len({first, first + 1, *given}) == 5
    for taken, why in ((first, "provided port is already allocated"), (80, "the range of node ports is 30000-32767")):
        with pytest.raises(client.ApiException) as caught:
            made("fourth", taken)
        status, _, message = error(caught)
        assert (status, why in message) == (422, True)
    again = kube.core.patch_namespaced_service("third", namespace, {"metadata": {"labels": {"a": "b"}}})
    assert [port.node_port for port in again.spec.ports] == given


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
    assert [item.metadata.name for item in kube.core.list_namespaced_service(name).items] == ["web"]
    kube.core.delete_namespace(name)
    kube.gone(name)
    assert kube.core.list_namespaced_service(name).items == []
    names = [item.metadata.name for item in kube.core.list_namespaced_service_account(namespace).items]
    assert names == ["default"]


def test_dry_runs_store_nothing(kube: Kube, namespace: str) -> None:
    dry = kube.core.create_namespaced_config_map(namespace, config_map("dry"), dry_run="All")
    assert dry.metadata.uid
    assert kube.core.list_namespaced_config_map(namespace).items == []
    before = kube.core.create_namespaced_config_map(namespace, config_map("dry", key="1"))
    patched = kube.core.patch_namespaced_config_map("dry", namespace, {"data": {"key": "2"}}, dry_run="All")
    replaced = kube.core.replace_namespaced_config_map("dry", namespace, config_map("dry", key="3"), dry_run="All")
    kube.core.delete_namespaced_config_map("dry", namespace, dry_run="All")
    kube.core.delete_collection_namespaced_config_map(namespace, dry_run="All")
    assert (patched.data, replaced.data) == ({"key": "2"}, {"key": "3"})
    assert kube.core.read_namespaced_config_map("dry", namespace) == before
    with pytest.raises(client.ApiException) as caught:
        kube.core.create_namespaced_config_map(namespace, config_map("dry"), dry_run="All")
    assert error(caught)[:2] == (409, "AlreadyExists")


def test_dry_runs_of_subresources_store_nothing(kube: Kube, namespace: str) -> None:
    kube.apps.create_namespaced_deployment(namespace, deployment(replicas=0))
    scale = kube.apps.patch_namespaced_deployment_scale("web", namespace, {"spec": {"replicas": 4}}, dry_run="All")
    assert scale.spec.replicas == 4
    assert kube.apps.read_namespaced_deployment("web", namespace).spec.replicas == 0
    pod = {"metadata": {"name": "p"}, "spec": {**deployment()["spec"]["template"]["spec"], "nodeSelector": {"no": "1"}}}
    kube.core.create_namespaced_pod(namespace, pod)
    kube.core.create_namespaced_pod_eviction("p", namespace, {"metadata": {"name": "p"}}, dry_run="All")
    assert [item.metadata.name for item in kube.core.list_namespaced_pod(namespace).items] == ["p"]


def test_generate_name_gives_names(kube: Kube, namespace: str) -> None:
    made = {
        kube.core.create_namespaced_config_map(namespace, {"metadata": {"generateName": "many-"}}).metadata.name
        for _ in range(3)
    }
    assert len(made) == 3
    assert all(name.startswith("many-") and len(name) == 10 for name in made)
