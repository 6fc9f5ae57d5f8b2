"""Requests to a Kubernetes API server."""

from __future__ import annotations

import json
import ssl
from typing import Any

import urllib3

from localcloud.providers.errors import ProviderError, RefusedError
from localcloud.providers.kubernetes.kubeconfig import Cluster

TIMEOUT = urllib3.Timeout(connect=5.0, read=60.0)
MERGE_PATCH = "application/merge-patch+json"
FOREGROUND = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Foreground"}


class ApiError(RefusedError):
    """The API server refused, with the reason and the message of its Status object."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        line = f"{message} ({reason})" if reason else message
        super().__init__(line, status, clashes=reason == "AlreadyExists")


class UnreachableError(ProviderError):
    """The cluster does not answer. `replaced`: another one answers at its address, so it is gone."""

    def __init__(self, server: str, error: urllib3.exceptions.HTTPError) -> None:
        super().__init__(f"the cluster at {server} does not answer: {' '.join(str(error).split())}")
        self.replaced = isinstance(error, urllib3.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error)


class KubernetesClient:
    """One cluster. Thread-safe."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        context = ssl.create_default_context(cadata=cluster.authority) if cluster.authority else None
        self._http = urllib3.PoolManager(maxsize=32, ssl_context=context, timeout=TIMEOUT, retries=False)

    def call(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> dict[str, Any]:
        """One request. Errors: ApiError if the server refuses, UnreachableError if it does not answer."""
        headers = {"accept": "application/json"}
        token = self.cluster.token()
        if token:
            headers["authorization"] = f"Bearer {token}"
        if body is not None:
            headers["content-type"] = content_type
        data = None if body is None else json.dumps(body).encode()
        try:
            response = self._http.request(method, self.cluster.server + path, body=data, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            raise UnreachableError(self.cluster.server, error) from error
        if response.status >= 400:
            raise _api_error(response)
        return response.json() if response.data else {}

    def find(self, path: str) -> dict[str, Any] | None:
        """GET; None if there is no such object."""
        return self._unless_missing("GET", path)

    def delete(self, path: str) -> bool:
        """DELETE, dependents first; whether there was such an object."""
        return self._unless_missing("DELETE", path, FOREGROUND) is not None

    def _unless_missing(self, method: str, path: str, body: Any = None) -> dict[str, Any] | None:
        try:
            return self.call(method, path, body)
        except ApiError as error:
            if error.status == 404:
                return None
            raise


def _api_error(response: urllib3.BaseHTTPResponse) -> ApiError:
    text = response.data.decode(errors="replace").strip()
    try:
        status = json.loads(text)
        return ApiError(response.status, status.get("reason", ""), " ".join(str(status["message"]).split()))
    except (ValueError, KeyError, TypeError, AttributeError):
        return ApiError(response.status, f"HTTP {response.status}", text[:300] or "no message")
