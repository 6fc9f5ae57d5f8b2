"""The subresource `scale`."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.services.kubernetes.api.patches import JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH
from tests.localcloud.services.kubernetes.bodies import deployment
from tests.localcloud.services.kubernetes.harness import existing
from tests.localcloud.services.kubernetes.in_process import InProcess
from tests.localcloud.services.kubernetes.kube import Kube


def test_a_patch_of_the_scale_without_replicas_keeps_them(kube: Kube, namespace: str) -> None:
    kube.deploy(namespace, deployment(replicas=0))
    kube.apps.patch_namespaced_deployment("web", namespace, {"spec": {"paused": True, "replicas": 3}})
    found = kube.apps.patch_namespaced_deployment_scale("web", namespace, {"metadata": {"labels": {"a": "b"}}})
    assert existing(found.spec).replicas == 3
    assert existing(kube.apps.read_namespaced_deployment("web", namespace).spec).replicas == 3


def scale(cluster: InProcess, method: str, body: Any, kind: str = "") -> Any:
    path = "/apis/apps/v1/namespaces/default/deployments/web/scale"
    return cluster.call(method, path, body, **{"Content-Type": kind or "application/json"})


@pytest.mark.parametrize(
    ("method", "kind", "body", "replicas"),
    [
        ("PATCH", MERGE_PATCH, {"spec": {"replicas": 4}}, 4),
        ("PATCH", MERGE_PATCH, {"spec": {}}, 2),
        ("PATCH", STRATEGIC_PATCH, {"spec": {"replicas": 0}}, 0),
        ("PATCH", JSON_PATCH, [{"op": "replace", "path": "/spec/replicas", "value": 3}], 3),
        ("PATCH", JSON_PATCH, [{"op": "test", "path": "/spec/replicas", "value": 2}], 2),
        ("PUT", "", {"spec": {}}, 0),  # 0 is what a number left out of a Scale is
        ("PUT", "", {"kind": "Scale", "apiVersion": "autoscaling/v1", "spec": {"replicas": 1}}, 1),
    ],
)
def test_changes(in_process: InProcess, method: str, kind: str, body: Any, replicas: int) -> None:
    in_process.create("deployments.apps", deployment(replicas=2))
    assert scale(in_process, method, body, kind)["spec"] == {"replicas": replicas}
    assert in_process.store.require("deployments.apps", "default", "web")["spec"]["replicas"] == replicas


@pytest.mark.parametrize(
    ("method", "kind", "body", "code"),
    [
        ("PUT", "", {"kind": "Pod", "spec": {"replicas": 1}}, 400),
        ("PUT", "", {"spec": [1]}, 400),
        ("PUT", "", {"spec": {"replicas": "two"}}, 400),
        ("PUT", "", {"spec": {"replicas": -1}}, 422),
        ("PUT", MERGE_PATCH, {"spec": {"replicas": 1}}, 415),
        ("PATCH", MERGE_PATCH, [], 400),
        ("PATCH", MERGE_PATCH, {"spec": "x"}, 400),
        ("PATCH", JSON_PATCH, [1], 422),
        ("PATCH", JSON_PATCH, [{"op": "test", "path": "/spec/replicas", "value": 7}], 422),
    ],
)
def test_wrong_changes_are_refused(in_process: InProcess, method: str, kind: str, body: Any, code: int) -> None:
    in_process.create("deployments.apps", deployment(replicas=2))
    assert scale(in_process, method, body, kind)["code"] == code
    assert in_process.store.require("deployments.apps", "default", "web")["spec"]["replicas"] == 2


def test_a_scale_has_a_version_and_a_selector_and_is_never_deleted(in_process: InProcess) -> None:
    made = in_process.create("deployments.apps", deployment(replicas=2))
    path = "/apis/apps/v1/namespaces/default/deployments/web/scale"
    found = in_process.call("GET", path)
    assert (found["kind"], found["spec"], found["status"]["selector"]) == ("Scale", {"replicas": 2}, "app=web")
    assert found["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]
    stale = {"metadata": {"resourceVersion": "1"}, "spec": {"replicas": 9}}
    assert in_process.call("PUT", path, stale)["reason"] == "Conflict"
    assert in_process.call("DELETE", path)["reason"] == "MethodNotAllowed"
