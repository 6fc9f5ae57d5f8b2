"""From a request to a verb: who is let in, what is public, and that a dry run stores nothing."""

from __future__ import annotations

import pytest
from kubernetes import client

from tests.localcloud.services.kubernetes.bodies import config_map, deployment
from tests.localcloud.services.kubernetes.harness import existing
from tests.localcloud.services.kubernetes.in_process import InProcess
from tests.localcloud.services.kubernetes.kube import Kube, meta, model, names, refusal


@pytest.mark.parametrize("auth", ["", "Bearer forged"])
def test_only_known_callers(kube: Kube, auth: str) -> None:
    status = kube.call("GET", "/api/v1/namespaces", Authorization=auth)
    assert (status["code"], status["reason"]) == (401, "Unauthorized")


def test_dry_runs_store_nothing(kube: Kube, namespace: str) -> None:
    dry = kube.configure(namespace, config_map("dry"), dry_run="All")
    assert meta(dry).uid
    assert kube.core.list_namespaced_config_map(namespace).items == []
    before = kube.configure(namespace, config_map("dry", key="1"))
    patched = kube.core.patch_namespaced_config_map("dry", namespace, {"data": {"key": "2"}}, dry_run="All")
    third = model(client.V1ConfigMap, config_map("dry", key="3"))
    replaced = kube.core.replace_namespaced_config_map("dry", namespace, third, dry_run="All")
    kube.core.delete_namespaced_config_map("dry", namespace, dry_run="All")
    kube.core.delete_collection_namespaced_config_map(namespace, dry_run="All")
    assert (patched.data, replaced.data) == ({"key": "2"}, {"key": "3"})
    assert kube.core.read_namespaced_config_map("dry", namespace) == before
    with pytest.raises(client.ApiException) as caught:
        kube.configure(namespace, config_map("dry"), dry_run="All")
    assert refusal(caught)[:2] == (409, "AlreadyExists")


def test_dry_runs_of_subresources_store_nothing(kube: Kube, namespace: str) -> None:
    kube.deploy(namespace, deployment(replicas=0))
    change = {"spec": {"replicas": 4}}
    scale = kube.apps.patch_namespaced_deployment_scale("web", namespace, change, dry_run="All")
    assert existing(scale.spec).replicas == 4
    assert existing(kube.apps.read_namespaced_deployment("web", namespace).spec).replicas == 0
    template = deployment()["spec"]["template"]["spec"]
    kube.start(namespace, {"metadata": {"name": "p"}, "spec": {**template, "nodeSelector": {"no": "1"}}})
    eviction = model(client.V1Eviction, {"metadata": {"name": "p"}})
    kube.core.create_namespaced_pod_eviction("p", namespace, eviction, dry_run="All")
    assert names(kube.core.list_namespaced_pod(namespace).items) == ["p"]


def test_what_is_public(in_process: InProcess) -> None:
    for path in ("/healthz", "/livez", "/readyz"):
        assert in_process.send("GET", path, Authorization="").text == "ok"
    assert in_process.call("GET", "/version", Authorization="")["minor"] == "33"


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/api/v1/unknown", 404),
        ("GET", "/nowhere", 404),
        ("POST", "/api/v1/namespaces/default/configmaps/x", 405),
        ("PUT", "/api/v1/namespaces/default/configmaps", 405),
        ("DELETE", "/api/v1/namespaces/default/pods/x/status", 405),
        ("GET", "/api/v1/namespaces/default/pods/x/eviction", 405),
        ("POST", "/api/v1/namespaces/default/pods/x/log", 405),
        ("DELETE", "/apis/apps/v1/namespaces/default/deployments/x/scale", 405),
        ("GET", "/api/v1/namespaces/default/configmaps/x/status", 404),
        ("POST", "/api/v1/configmaps", 400),  # in which namespace?
    ],
)
def test_what_is_not_served(in_process: InProcess, method: str, path: str, code: int) -> None:
    status = in_process.call(method, path, config_map("x"))
    assert (status["kind"], status["code"]) == ("Status", code)


def test_what_a_bug_looks_like_to_a_caller(in_process: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(in_process.runtime.api, "store")
    status = in_process.call("GET", "/api/v1/namespaces")
    assert (status["code"], status["reason"]) == (500, "InternalError")


def test_a_full_disk_is_told_and_nothing_is_stored(in_process: InProcess) -> None:
    in_process.store._database.execute("PRAGMA max_page_count = 1")  # as many as there are
    status = in_process.call("POST", "/api/v1/namespaces/default/configmaps", config_map("c", key="x" * 2**20))
    assert (status["code"], status["reason"]) == (500, "InternalError")
    assert status["message"].startswith("No space left on the disk of the local cloud: nothing was stored")
    assert in_process.store.list("configmaps") == []


def test_a_deleted_object_is_answered_by_its_uid_and_a_pod_whole(in_process: InProcess) -> None:
    made = in_process.create("configmaps", config_map("c"))
    answer = in_process.call("DELETE", "/api/v1/namespaces/default/configmaps/c")
    assert (answer["status"], answer["details"]["uid"]) == ("Success", made["metadata"]["uid"])
    in_process.create("pods", {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i:1"}]}})
    assert in_process.call("DELETE", "/api/v1/namespaces/default/pods/p")["kind"] == "Pod"


def test_a_namespace_goes_once_nobody_holds_it(in_process: InProcess) -> None:
    in_process.create("namespaces", {"metadata": {"name": "n"}}, "")
    path = "/api/v1/namespaces/n"
    assert in_process.call("DELETE", path)["status"] == {"phase": "Terminating"}
    assert in_process.call("POST", f"{path}/configmaps", config_map("c"))["reason"] == "Forbidden"
    assert in_process.send("PUT", f"{path}/finalize", {"spec": {"finalizers": []}}).status_code == 200
    assert in_process.call("GET", path)["code"] == 404
