"""Clusters and node pools, whose operations are done when asked about."""

from __future__ import annotations

from typing import Any

from tests.localcloud.providers.fake_google.server import Asked, FakeGoogle, Route

PLACE = r"(projects/[^/]+/locations/[^/]+)"


def create_cluster(google: FakeGoogle, request: Asked, folder: str) -> Any:
    cluster = request.body["cluster"]
    extra = {"endpoint": "127.30.0.1", "currentMasterVersion": "1.33.1", "labelFingerprint": "f0"}
    extra |= {"masterAuth": {"clusterCaCertificate": "Q0E="}, "selfLink": f"https://container/{cluster['name']}"}
    path = f"{request.path}/{cluster['name']}"
    google.put_new(path, {**cluster, **extra})
    google.resources[f"{path}/nodePools/default-pool"] = {"name": "default-pool"}
    return operation(google, folder)


def create_pool(google: FakeGoogle, request: Asked, folder: str, cluster: str) -> Any:
    pool = request.body["nodePool"]
    google.put_new(f"{request.path}/{pool['name']}", {**pool, "version": "1.33.1"})
    return operation(google, folder)


def cluster_verb(google: FakeGoogle, request: Asked, path: str, folder: str, verb: str) -> Any:
    google.need(path).update(request.body)
    return operation(google, folder)


def put_container(google: FakeGoogle, request: Asked, folder: str, rest: str) -> Any:
    google.need(request.path).update(request.body)
    return operation(google, folder)


def delete_container(google: FakeGoogle, request: Asked, folder: str, rest: str) -> Any:
    google.need(request.path)
    del google.resources[request.path]
    return operation(google, folder)


def operation(google: FakeGoogle, folder: str) -> Any:
    """An operation that is done when asked about."""
    name = f"operation-{len(google.asked)}"
    error = {"error": {"message": google.operation_error}} if google.operation_error else {}
    google.resources[f"/v1/{folder}/operations/{name}"] = {"name": name, "status": "DONE", **error}
    return {"name": name, "status": "RUNNING", "detail": "starting"}


ROUTES: list[Route] = [
    (rf"POST /v1/{PLACE}/clusters", create_cluster),
    (rf"POST /v1/{PLACE}/clusters/([^/]+)/nodePools", create_pool),
    (rf"POST (/v1/{PLACE}/clusters/[^:]+):(\w+)", cluster_verb),
    (rf"PUT /v1/{PLACE}/(clusters/.+)", put_container),
    (rf"DELETE /v1/{PLACE}/(clusters/.+)", delete_container),
]
