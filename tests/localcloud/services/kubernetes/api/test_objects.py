"""The verbs: what a creator may leave open, what an update may not change, what holds a deletion."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes import client

from localcloud.services.kubernetes.api.errors import ApiError
from tests.localcloud.services.kubernetes.bodies import config_map, deployment, shell
from tests.localcloud.services.kubernetes.in_process import InProcess
from tests.localcloud.services.kubernetes.kube import Kube, names, refusal

MERGE = {"Content-Type": "application/merge-patch+json"}
MAP = "/api/v1/namespaces/default/configmaps/c"


def test_a_patch_cannot_rename(kube: Kube, namespace: str) -> None:
    kube.configure(namespace, config_map("one", key="1"))
    with pytest.raises(client.ApiException) as caught:
        kube.core.patch_namespaced_config_map("one", namespace, {"metadata": {"name": "two"}})
    assert refusal(caught)[:2] == (400, "BadRequest")
    assert names(kube.core.list_namespaced_config_map(namespace).items) == ["one"]


def test_generate_name_gives_names(kube: Kube, namespace: str) -> None:
    made = names(kube.configure(namespace, {"metadata": {"generateName": "many-"}}) for _ in range(3))
    assert len(set(made)) == 3
    assert all(name.startswith("many-") and len(name) == 10 for name in made)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"metadata": {}}, 422),  # no name
        ({"metadata": {"name": "c", "namespace": "other"}}, 400),
        ({"apiVersion": "v2", "metadata": {"name": "c"}}, 400),
        ({"kind": "Secret", "metadata": {"name": "c"}}, 400),
        ({"metadata": "c"}, 400),
    ],
)
def test_bodies_that_do_not_fit_their_url(in_process: InProcess, body: dict[str, Any], code: int) -> None:
    with pytest.raises(ApiError) as caught:
        in_process.create("configmaps", body)
    assert caught.value.code == code


def test_what_the_server_sets_is_not_taken_from_the_creator(in_process: InProcess) -> None:
    forged = {"name": "web", "uid": "mine", "generation": 9}
    made = in_process.create("deployments.apps", {**deployment(), "metadata": forged, "status": {"replicas": 7}})
    assert made["metadata"]["uid"] != "mine"
    assert (made["metadata"]["generation"], "status" in made) == (1, False)
    assert made["metadata"]["resourceVersion"] == str(in_process.store.version)


def test_a_generation_counts_what_is_declared(in_process: InProcess) -> None:
    in_process.create("deployments.apps", deployment())
    path = "/apis/apps/v1/namespaces/default/deployments/web"
    for change, generation in (
        ({"metadata": {"labels": {"a": "b"}}}, 1),
        ({"spec": {"replicas": 5}}, 2),
        ({"spec": {"replicas": 5}}, 2),
        ({"status": {"replicas": 5}}, 2),
    ):
        assert in_process.call("PATCH", path, change, **MERGE)["metadata"]["generation"] == generation
    assert "status" not in in_process.call("GET", path)
    reported = in_process.call("PATCH", f"{path}/status", {"spec": {"replicas": 1}, "status": {"replicas": 5}}, **MERGE)
    assert (reported["spec"]["replicas"], reported["status"]) == (5, {"replicas": 5})


def test_only_the_patches_of_the_api_are_taken(in_process: InProcess) -> None:
    in_process.create("configmaps", config_map("c"))
    assert in_process.call("PATCH", MAP, {}, **{"Content-Type": "text/plain"})["reason"] == "UnsupportedMediaType"
    assert in_process.call("PATCH", f"{MAP}2", {}, **MERGE)["reason"] == "NotFound"
    assert in_process.call("PATCH", MAP, [], **MERGE)["reason"] == "BadRequest"
    apply = {"Content-Type": "application/apply-patch+yaml"}
    assert "is required for apply patch" in in_process.call("PATCH", MAP, {}, **apply)["message"]
    assert in_process.send("PATCH", f"{MAP}3?fieldManager=me", {"apiVersion": "v1"}, **apply).status_code == 201


def test_a_stale_version_or_another_s_uid_is_a_conflict(in_process: InProcess) -> None:
    made = in_process.create("configmaps", config_map("c"))
    for metadata in ({"resourceVersion": "1"}, {"uid": "another"}):
        assert in_process.call("PUT", MAP, {"metadata": {"name": "c", **metadata}})["reason"] == "Conflict"
        preconditions = {"preconditions": metadata}
        assert in_process.call("DELETE", MAP, preconditions)["reason"] == "Conflict"
    kept = {key: made["metadata"][key] for key in ("uid", "resourceVersion")}
    assert in_process.call("PUT", MAP, {"metadata": {"name": "c", **kept}, "data": {"a": "1"}})["data"] == {"a": "1"}


def test_an_object_goes_when_its_last_finalizer_does(in_process: InProcess) -> None:
    in_process.create("configmaps", {"metadata": {"name": "c", "finalizers": ["a/b", "c/d"]}})
    assert "deletionTimestamp" in in_process.call("DELETE", MAP)["metadata"]
    in_process.call("PATCH", MAP, {"metadata": {"finalizers": ["a/b"]}}, **MERGE)
    assert in_process.call("GET", MAP)["metadata"]["finalizers"] == ["a/b"]
    in_process.call("PATCH", MAP, {"metadata": {"finalizers": None}}, **MERGE)
    assert in_process.call("GET", MAP)["code"] == 404


@pytest.mark.parametrize(
    ("node", "phase", "asked", "grace"),
    [("n", "Running", None, 5), ("n", "Running", 2, 2), ("n", "Failed", None, 0), ("", "Pending", None, 0)],
)
def test_a_pod_is_given_time_to_end_if_something_runs(
    in_process: InProcess, node: str, phase: str, asked: int | None, grace: int
) -> None:
    body = shell("p", "true")
    body["spec"] |= {"nodeName": node} if node else {}
    in_process.create("pods", body)
    in_process.set_status("pods", "p", phase=phase)
    options = {} if asked is None else {"gracePeriodSeconds": asked}
    answer = in_process.call("DELETE", "/api/v1/namespaces/default/pods/p", options)
    assert answer["metadata"]["deletionGracePeriodSeconds"] == grace
    assert (in_process.store.get("pods", "default", "p") is None) == (grace == 0)
