"""What is filled in, by the defaults of Kubernetes' API reference, and what is never returned."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes import client

from localcloud.services.kubernetes.api.defaults import fill_in, without_nulls
from tests.localcloud.services.kubernetes.harness import existing
from tests.localcloud.services.kubernetes.in_process import InProcess
from tests.localcloud.services.kubernetes.kube import Kube, refusal


def test_secrets_are_returned_as_data_only(kube: Kube, namespace: str) -> None:
    body = {"metadata": {"name": "s"}, "data": {"old": "b2xk"}, "stringData": {"key": "hidden"}}
    made = kube.hide(namespace, body)
    assert (made.data, made.string_data) == ({"old": "b2xk", "key": "aGlkZGVu"}, None)
    patched = kube.core.patch_namespaced_secret("s", namespace, {"stringData": {"key": "new"}})
    assert (patched.data, patched.string_data) == ({"old": "b2xk", "key": "bmV3"}, None)
    with pytest.raises(client.ApiException) as caught:
        kube.core.patch_namespaced_secret("s", namespace, {"data": {"old": "not base64"}})
    assert refusal(caught)[0] == 422
    assert existing(kube.core.read_namespaced_secret("s", namespace).data) == {"old": "b2xk", "key": "bmV3"}


def filled_in(resource: str, **fields: Any) -> dict[str, Any]:
    obj: dict[str, Any] = {"metadata": {"name": "x"}, **fields}
    fill_in(resource, obj)
    return obj


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("nginx", "Always"),
        ("nginx:latest", "Always"),
        ("nginx:1.27", "IfNotPresent"),
        ("host:5000/nginx", "Always"),  # the colon is of the host
        ("nginx@sha256:0a1b", "IfNotPresent"),
    ],
)
def test_images_without_a_fixed_version_are_pulled_anew(image: str, policy: str) -> None:
    spec = filled_in("pods", spec={"containers": [{"name": "c", "image": image}]})["spec"]
    assert spec["containers"][0]["imagePullPolicy"] == policy


def test_pods() -> None:
    container = {"name": "c", "image": "i:1", "livenessProbe": {"httpGet": {"port": 80}}, "ports": [{}]}
    container["resources"] = {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}}
    spec = filled_in("pods", spec={"containers": [container]})["spec"]
    expected = {"restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst"}
    assert expected.items() <= spec.items()
    assert spec["serviceAccountName"] == spec["serviceAccount"] == "default"
    (filled,) = spec["containers"]
    assert filled["resources"]["requests"] == {"cpu": "500m", "memory": "1Gi"}
    probe = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
    assert filled["livenessProbe"] == {**probe, "httpGet": {"port": 80, "path": "/", "scheme": "HTTP"}}
    assert filled["ports"] == [{"protocol": "TCP"}]


def test_deployments() -> None:
    spec = filled_in("deployments.apps", spec={"template": {"spec": {"containers": []}}})["spec"]
    assert (spec["replicas"], spec["revisionHistoryLimit"], spec["progressDeadlineSeconds"]) == (1, 10, 600)
    rolling = {"maxSurge": "25%", "maxUnavailable": "25%"}
    assert spec["strategy"] == {"type": "RollingUpdate", "rollingUpdate": rolling}
    recreate = filled_in("deployments.apps", spec={"strategy": {"type": "Recreate"}})["spec"]["strategy"]
    assert recreate == {"type": "Recreate"}


def test_services() -> None:
    plain = filled_in("services", spec={"ports": [{"port": 80}]})["spec"]
    assert (plain["type"], plain["ports"]) == ("ClusterIP", [{"port": 80, "protocol": "TCP", "targetPort": 80}])
    assert "externalTrafficPolicy" not in plain
    balanced = filled_in("services", spec={"type": "LoadBalancer", "ports": [{"port": 80, "targetPort": "http"}]})
    expected = {"externalTrafficPolicy": "Cluster", "allocateLoadBalancerNodePorts": True}
    assert expected.items() <= balanced["spec"].items()
    assert balanced["spec"]["ports"][0]["targetPort"] == "http"


def test_others(in_process: InProcess) -> None:
    scaler = filled_in("horizontalpodautoscalers.autoscaling")["spec"]
    assert (scaler["minReplicas"], scaler["metrics"][0]["resource"]["target"]["averageUtilization"]) == (1, 80)
    namespace = in_process.store.require("namespaces", "", "default")
    assert namespace["metadata"]["labels"] == {"kubernetes.io/metadata.name": "default"}
    assert (namespace["spec"]["finalizers"], namespace["status"]) == (["kubernetes"], {"phase": "Active"})


def test_a_null_is_a_field_left_out() -> None:
    given = {"a": None, "b": [{"c": None, "d": 0}], "e": {"f": None}}
    assert without_nulls(given) == {"b": [{"d": 0}], "e": {}}
    assert given["b"] == [{"c": None, "d": 0}]
