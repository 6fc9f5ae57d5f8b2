"""What an update may not change."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localcloud.services.kubernetes.bodies import config_map, deployment, service, shell
from tests.localcloud.services.kubernetes.in_process import InProcess

MERGE = {"Content-Type": "application/merge-patch+json"}
CORE, APPS = "/api/v1/namespaces/default", "/apis/apps/v1/namespaces/default"


def test_what_a_running_pod_keeps(in_process: InProcess) -> None:
    path = "/api/v1/namespaces/default/pods/p"
    merge = {"Content-Type": "application/strategic-merge-patch+json"}
    in_process.create("pods", shell("p", "true"))
    new_image = {"spec": {"containers": [{"name": "main", "image": "i:2"}]}}
    assert in_process.call("PATCH", path, new_image, **merge)["spec"]["containers"][0]["image"] == "i:2"
    status = in_process.call("PATCH", path, {"spec": {"restartPolicy": "Always"}}, **merge)
    assert "spec: Forbidden: pod updates may not change fields other than" in status["message"]


@pytest.mark.parametrize("resource", ["configmaps", "secrets"])
def test_what_is_immutable_stays(in_process: InProcess, resource: str) -> None:
    in_process.create(resource, {"metadata": {"name": "c"}, "data": {"a": "MQ=="}})
    path = f"{CORE}/{resource}/c"
    assert in_process.call("PATCH", path, {"data": {"a": "Mg=="}, "immutable": True}, **MERGE)["immutable"]
    for change, field in (
        ({"data": {"a": "MQ=="}}, "data"),
        ({"data": {"b": "MQ=="}}, "data"),
        ({"data": None}, "data"),
        ({"immutable": False}, "immutable"),
        ({"immutable": None}, "immutable"),
    ):
        status = in_process.call("PATCH", path, change, **MERGE)
        assert (status["code"], [cause["field"] for cause in status["details"]["causes"]]) == (422, [field])
    replaced = in_process.call("PUT", path, {"metadata": {"name": "c"}, "data": {"a": "Mg=="}})
    assert replaced["details"]["causes"] == [
        {
            "reason": "FieldValueForbidden",
            "message": "Forbidden: field is immutable when `immutable` is set",
            "field": "immutable",
        }
    ]
    assert in_process.call("PATCH", path, {"metadata": {"labels": {"a": "b"}}}, **MERGE)["data"] == {"a": "Mg=="}
    assert in_process.send("DELETE", path).status_code == 200


@pytest.mark.parametrize(
    ("resource", "body", "change", "field"),
    [
        ("secrets", {"type": "a/b"}, {"type": "x/y"}, "type"),
        ("secrets", {}, {"type": "x/y"}, "type"),
        (
            "deployments.apps",
            {"spec": deployment()["spec"]},
            {
                "spec": {
                    "selector": {"matchLabels": {"b": "c"}},
                    "template": {"metadata": {"labels": {"b": "c"}}},
                }
            },
            "spec.selector",
        ),
        ("services", {"spec": service()["spec"]}, {"spec": {"clusterIP": "127.20.1.250"}}, "spec.clusterIPs[0]"),
        (
            "persistentvolumeclaims",
            {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}}},
            {"spec": {"resources": {"requests": {"storage": "1Gi"}}}},
            "spec.resources.requests.storage",
        ),
        (
            "persistentvolumeclaims",
            {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}}},
            {"spec": {"accessModes": ["ReadOnlyMany"]}},
            "spec",
        ),
        (
            "rolebindings.rbac.authorization.k8s.io",
            {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "a"}},
            {"roleRef": {"name": "b"}},
            "roleRef",
        ),
    ],
)
def test_what_stays_as_it_was_made(
    in_process: InProcess, resource: str, body: dict[str, Any], change: dict[str, Any], field: str
) -> None:
    made = in_process.create(resource, {"metadata": {"name": "x"}, **body})
    group = resource.partition(".")[2]
    path = f"/apis/{made['apiVersion']}/namespaces/default" if group else CORE
    status = in_process.call("PATCH", f"{path}/{resource.partition('.')[0]}/x", change, **MERGE)
    assert (status["code"], [cause["field"] for cause in status["details"]["causes"]]) == (422, [field])
    assert in_process.store.require(resource, "default", "x") == made


def test_nothing_new_holds_what_is_to_go(in_process: InProcess) -> None:
    in_process.create("configmaps", {"metadata": {"name": "c", "finalizers": ["a/b"]}})
    path = f"{CORE}/configmaps/c"
    in_process.call("DELETE", path)
    status = in_process.call("PATCH", path, {"metadata": {"finalizers": ["a/b", "c/d"]}}, **MERGE)
    assert "no new finalizers can be added if the object is being deleted" in status["message"]


def test_other_maps_change_as_they_like(in_process: InProcess) -> None:
    in_process.create("configmaps", config_map("c", a="1"))
    assert in_process.call("PATCH", f"{CORE}/configmaps/c", {"data": {"a": "2"}}, **MERGE)["data"] == {"a": "2"}
