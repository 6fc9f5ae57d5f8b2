"""What a deletion answers, what it is refused for, and what a watch sees of it."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.services.kubernetes.api.store import Change
from tests.localcloud.services.kubernetes.bodies import config_map, deployment, service, shell
from tests.localcloud.services.kubernetes.in_process import InProcess
from tests.localcloud.services.kubernetes.kube import Kube, meta

CORE = "/api/v1/namespaces/default"
CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}


@pytest.mark.parametrize(
    ("resource", "body", "kind"),
    [
        ("configmaps", {}, "Status"),
        ("secrets", {}, "Status"),
        ("persistentvolumeclaims", {"spec": CLAIM}, "PersistentVolumeClaim"),
        ("pods", {"spec": shell("x", "true")["spec"]}, "Pod"),
        ("resourcequotas", {}, "ResourceQuota"),
        ("serviceaccounts", {}, "ServiceAccount"),
        ("services", {"spec": service()["spec"]}, "Service"),
    ],
)
def test_what_is_answered_depends_on_the_resource(
    in_process: InProcess, resource: str, body: dict[str, Any], kind: str
) -> None:
    made = in_process.create(resource, {"metadata": {"name": "x"}, **body})
    answer = in_process.call("DELETE", f"{CORE}/{resource}/x")
    assert answer["kind"] == kind
    if kind == "Status":
        details = {"name": "x", "kind": resource, "uid": made["metadata"]["uid"]}
        assert (answer["status"], answer["details"]) == ("Success", details)
    else:
        assert answer["metadata"]["uid"] == made["metadata"]["uid"]
    assert in_process.store.get(resource, "default", "x") is None


def test_the_official_client_reads_the_answers(kube: Kube, namespace: str) -> None:
    kube.configure(namespace, config_map("c"))
    answer: Any = kube.core.delete_namespaced_config_map("c", namespace)
    assert answer["status"] == "Success"
    kube.expose(namespace, service("s"))
    assert meta(kube.core.delete_namespaced_service("s", namespace)).name == "s"


def test_what_nothing_holds_is_deleted_in_one_step(in_process: InProcess) -> None:
    in_process.create("configmaps", config_map("c"))
    seen: list[Change] = []
    in_process.store.subscribe(seen.append)
    in_process.call("DELETE", f"{CORE}/configmaps/c")
    assert [change.type for change in seen] == ["DELETED"]
    assert "deletionTimestamp" not in seen[0].object["metadata"]


@pytest.mark.parametrize(
    ("options", "finalizers"),
    [
        ({"propagationPolicy": "Foreground"}, ["foregroundDeletion"]),
        ({"propagationPolicy": "Orphan"}, ["orphan"]),
        ({"orphanDependents": True}, ["orphan"]),
    ],
)
def test_dependents_are_waited_for(in_process: InProcess, options: dict[str, Any], finalizers: list[str]) -> None:
    in_process.create("deployments.apps", deployment())
    answer = in_process.call("DELETE", "/apis/apps/v1/namespaces/default/deployments/web", options)
    assert (answer["kind"], answer["metadata"]["finalizers"]) == ("Deployment", finalizers)
    assert answer["metadata"]["deletionTimestamp"]
    assert answer["metadata"]["deletionGracePeriodSeconds"] == 0


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ({"propagationPolicy": "Sideways"}, 422, "propagationPolicy: Unsupported value: 'Sideways'"),
        ({"propagationPolicy": "Orphan", "orphanDependents": True}, 422, "cannot be both set"),
        ({"preconditions": {"uid": "other"}}, 409, "Precondition failed: UID in precondition: other"),
        ({"preconditions": {"resourceVersion": "1"}}, 409, "Precondition failed: ResourceVersion in precondition: 1"),
        ({"dryRun": ["Some"]}, 422, "dryRun: Unsupported value: 'Some'"),
        ({"kind": "Pod", "apiVersion": "v1"}, 400, "DeleteOptions"),
        ({"gracePeriodSeconds": "soon"}, 400, "gracePeriodSeconds"),
        ([], 400, "DeleteOptions"),
    ],
)
def test_wrong_options_are_refused(in_process: InProcess, options: Any, code: int, message: str) -> None:
    in_process.create("configmaps", config_map("c"))
    status = in_process.call("DELETE", f"{CORE}/configmaps/c", options)
    assert (status["code"], message in status["message"]) == (code, True)
    assert in_process.store.require("configmaps", "default", "c")


def test_a_dry_run_answers_and_keeps(in_process: InProcess) -> None:
    in_process.create("configmaps", config_map("c"))
    for query, body in (("?dryRun=All", None), ("", {"dryRun": ["All"]})):
        assert in_process.call("DELETE", f"{CORE}/configmaps/c{query}", body)["status"] == "Success"
        assert in_process.store.require("configmaps", "default", "c")


@pytest.mark.parametrize("name", ["default", "kube-system"])
def test_namespaces_that_stay(in_process: InProcess, name: str) -> None:
    status = in_process.call("DELETE", f"/api/v1/namespaces/{name}")
    assert (status["code"], status["reason"]) == (403, "Forbidden")
    assert status["message"] == f'namespaces "{name}" is forbidden: this namespace may not be deleted'
