"""A cluster in the test's own process, with nothing of it running: what the API answers, in milliseconds."""

from __future__ import annotations

import asyncio
import functools
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from localcloud.services.iam.accounts import Accounts
from localcloud.services.iam.tokens import issue_access_token
from localcloud.services.kubernetes.api.discovery import RESOURCES
from localcloud.services.kubernetes.api.errors import ApiError
from localcloud.services.kubernetes.api.store import Object
from localcloud.services.kubernetes.gke.endpoints import API_PORT
from localcloud.services.kubernetes.gke.runtime import ClusterRuntime
from localcloud.settings import LocalCloud

EMAIL = "tester@a-project.iam.gserviceaccount.com"


class InProcess:
    """A cluster with the namespaces default and kube-system, whose controllers and node are not started."""

    def __init__(self, home: Path) -> None:
        self.cloud = LocalCloud(home=home)
        self.runtime = ClusterRuntime(self.cloud, home / "cluster", ("127.20.1.1", API_PORT))
        self.cluster, self.store = self.runtime.cluster, self.runtime.cluster.store
        for name in ("default", "kube-system"):
            self.create("namespaces", {"metadata": {"name": name}}, "")

    @functools.cached_property
    def token(self) -> str:
        """Of an account that exists."""
        account = {"email": EMAIL, "uniqueId": "1"}
        Accounts(self.cloud).records.put(EMAIL, {"account": account, "public_keys": {}})
        return issue_access_token(self.cloud, account)

    def create(self, resource: str, body: Object, namespace: str = "default") -> Object:
        """As a POST does it; ApiError where that is refused."""
        return self.cluster.objects.create(RESOURCES[resource], namespace, body)

    def set_status(self, resource: str, name: str, namespace: str = "default", **status: Any) -> Object:
        """What a controller or the node would report."""
        return self.store.modify(
            resource, namespace, name, lambda obj: obj.update(status={**obj.get("status", {}), **status})
        )

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx2.Response:
        """A request to the API server."""
        content = None if body is None else body if isinstance(body, str) else json.dumps(body)

        async def exchange() -> httpx2.Response:
            transport = httpx2.ASGITransport(self.runtime.api)
            async with httpx2.AsyncClient(transport=transport, base_url="https://cluster") as client:
                return await client.request(method, path, content=content, headers={**token, **headers})

        token = {"Authorization": f"Bearer {self.token}"}
        return asyncio.run(exchange())

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The JSON that is answered, also for an error."""
        return self.send(method, path, body, **headers).json()


def refused(cluster: InProcess, resource: str, body: Object) -> str:
    """The message of the 422 that a body gets."""
    with pytest.raises(ApiError) as caught:
        cluster.create(resource, body)
    assert (caught.value.code, caught.value.reason) == (422, "Invalid")
    return caught.value.message


def ready_pod(name: str, address: str, **labels: str) -> Object:
    """A pod as it is while it serves, for a store."""
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {"name": name, "namespace": "default", "uid": f"uid-{name}", "labels": labels},
        "spec": {"containers": [{"name": "main", "ports": [{"name": "http", "containerPort": 8080}]}]},
        "status": {
            "phase": "Running",
            "podIP": address,
            "startTime": "2026-01-01T00:00:00Z",
            "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}],
        },
    }
