"""What Kubernetes has and the local cloud has not is refused by its name, and so that the official client says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from kubernetes import client, stream
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import ResourceNotFoundError

from localcloud.services.kubernetes.api.discovery import RESOURCES
from localcloud.services.kubernetes.api.not_offered import plural_of, refusal
from tests.localcloud.services.kubernetes.in_process import InProcess
from tests.localcloud.services.kubernetes.kube import Kube


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/apis/batch/v1/namespaces/n/jobs", "jobs of batch/v1"),
        ("/apis/batch/v1/cronjobs", "cronjobs of batch/v1"),
        ("/apis/batch/v1/namespaces/n/jobs/x/status", "jobs of batch/v1"),
        ("/apis/batch/v1/", "the API batch/v1"),
        ("/apis/batch", "the API batch"),
        ("/apis/apps/v1/namespaces/n/daemonsets/x", "daemonsets of apps/v1"),
        ("/api/v1/persistentvolumes", "persistentvolumes of v1"),
        ("/apis/storage.k8s.io/v1/storageclasses", "storageclasses of storage.k8s.io/v1"),
        (
            "/apis/autoscaling/v1/namespaces/n/horizontalpodautoscalers",
            "horizontalpodautoscalers of autoscaling/v1; it offers horizontalpodautoscalers of autoscaling/v2",
        ),
    ],
)
def test_what_kubernetes_has_is_named(path: str, message: str) -> None:
    error = refusal(path)
    assert (error.code, error.reason) == (501, "NotImplemented")
    assert error.message == f"the local cloud does not offer {message}"


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/api/v1/wheels",
        "/api/v2",
        "/apis/example.com/v1/wheels",
        "/apis/apps/v1beta1/deployments",
        "/api/v1/namespaces/n/nodes",
        "/api/v1/namespaces/n/configmaps/c/status",
    ],
)
def test_what_kubernetes_has_not_is_not_found(path: str) -> None:
    error = refusal(path)
    assert (error.code, error.reason) == (404, "NotFound")
    assert error.message == f"the server could not find the requested resource: {path}"


def test_plurals_are_made_as_kubernetes_makes_them() -> None:
    assert {resource.plural: plural_of(resource.kind) for resource in RESOURCES.values()} == {
        resource.plural: resource.plural for resource in RESOURCES.values()
    }


@pytest.mark.parametrize("name", ["attach", "exec", "portforward", "ephemeralcontainers"])
def test_what_cannot_be_done_with_a_pod(in_process: InProcess, name: str) -> None:
    for method in ("GET", "POST"):
        status = in_process.call(method, f"/api/v1/namespaces/default/pods/p/{name}", {})
        assert (status["kind"], status["code"]) == ("Status", 501)
        assert status["message"] == f"the local cloud does not offer pods/{name}"


def test_the_official_client_says_what_is_not_there(kube: Kube, tmp_path: Path) -> None:
    with pytest.raises(client.ApiException, match="the local cloud does not offer jobs of batch/v1"):
        client.BatchV1Api(kube.api).list_namespaced_job("default")
    connect = kube.core.connect_get_namespaced_pod_exec
    with pytest.raises(client.ApiException, match="the local cloud does not offer pods/exec"):
        stream.stream(connect, "p", "default", command=["true"], stdout=True)
    with pytest.raises(ResourceNotFoundError, match="Job"):
        DynamicClient(kube.api, cache_file=tmp_path / "found.json").resources.get(api_version="batch/v1", kind="Job")
