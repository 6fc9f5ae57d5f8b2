"""The subresource `scale`."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.services.kubernetes.api.errors import ApiError
from localcloud.services.kubernetes.api.scale import scale_change
from tests.localcloud.services.kubernetes.bodies import deployment
from tests.localcloud.services.kubernetes.harness import existing
from tests.localcloud.services.kubernetes.in_process import InProcess
from tests.localcloud.services.kubernetes.kube import Kube


def test_a_patch_of_the_scale_without_replicas_keeps_them(kube: Kube, namespace: str) -> None:
    kube.deploy(namespace, deployment(replicas=0))
    kube.apps.patch_namespaced_deployment("web", namespace, {"spec": {"paused": True, "replicas": 3}})
    scale = kube.apps.patch_namespaced_deployment_scale("web", namespace, {"metadata": {"labels": {"a": "b"}}})
    assert existing(scale.spec).replicas == 3
    assert existing(kube.apps.read_namespaced_deployment("web", namespace).spec).replicas == 3


@pytest.mark.parametrize(
    ("method", "body", "change"),
    [
        ("PATCH", {"spec": {"replicas": 4}}, {"spec": {"replicas": 4}}),
        ("PATCH", {"spec": {}}, {}),
        ("PUT", {"spec": {}}, {"spec": {"replicas": 0}}),  # 0 is what a number left out of a Scale is
        ("PUT", {"metadata": {"resourceVersion": "7"}, "spec": {"replicas": 1}},
         {"metadata": {"resourceVersion": "7"}, "spec": {"replicas": 1}}),
        ("PATCH", [{"op": "replace", "path": "/spec/replicas", "value": 2}], {"spec": {"replicas": 2}}),
    ],
)  # fmt: skip
def test_changes(method: str, body: Any, change: dict[str, Any]) -> None:
    assert scale_change(method, body) == change


def test_a_json_patch_of_something_else_is_refused() -> None:
    with pytest.raises(ApiError) as caught:
        scale_change("PATCH", [{"op": "add", "path": "/metadata/labels", "value": {}}])
    assert caught.value.code == 400


def test_a_scale_has_a_version_and_a_selector_and_is_never_deleted(in_process: InProcess) -> None:
    made = in_process.create("deployments.apps", deployment(replicas=2))
    path = "/apis/apps/v1/namespaces/default/deployments/web/scale"
    scale = in_process.call("GET", path)
    assert (scale["kind"], scale["spec"], scale["status"]["selector"]) == ("Scale", {"replicas": 2}, "app=web")
    assert scale["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]
    stale = {"metadata": {"resourceVersion": "1"}, "spec": {"replicas": 9}}
    assert in_process.call("PUT", path, stale)["reason"] == "Conflict"
    assert in_process.call("DELETE", path)["reason"] == "MethodNotAllowed"
