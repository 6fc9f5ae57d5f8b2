"""Google REST calls to the local cloud's services, with the owner's token."""

from __future__ import annotations

import threading
from typing import Any
from urllib.parse import quote

import requests
from google.auth import exceptions as auth_exceptions
from google.auth.transport.requests import Request as TokenRequest
from google.oauth2 import service_account
from requests.adapters import HTTPAdapter

from localcloud.providers.errors import ProviderError, RefusedError
from localcloud.settings import OWNER, LocalCloud

SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
TIMEOUT_S = (5.0, 600.0)
CONNECTIONS = 64


class ServiceError(RefusedError):
    """One of the local cloud's services refused; the message is Google's."""

    def __init__(self, service: str, status: int, reason: str, message: str) -> None:
        line = f"{service}: {message}" + (f" ({reason})" if reason and reason not in message else "")
        super().__init__(line, status, clashes=status == 409)
        self.message = message


class GoogleServices:
    """The services of one local cloud. Thread-safe."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self._lock = threading.Lock()
        self._credentials: service_account.Credentials | None = None
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.mount("http://", HTTPAdapter(pool_connections=16, pool_maxsize=CONNECTIONS))

    def get(self, service: str, path: str, **options: Any) -> dict[str, Any]:
        return self.call("GET", service, path, **options)

    def find(self, service: str, path: str, **options: Any) -> dict[str, Any] | None:
        """GET; None if there is no such thing."""
        try:
            return self.call("GET", service, path, **options)
        except ServiceError as error:
            if error.status == 404:
                return None
            raise

    def post(self, service: str, path: str, body: Any = None, **options: Any) -> dict[str, Any]:
        return self.call("POST", service, path, json={} if body is None else body, **options)

    def put(self, service: str, path: str, body: Any, **options: Any) -> dict[str, Any]:
        return self.call("PUT", service, path, json=body, **options)

    def patch(self, service: str, path: str, body: Any, **options: Any) -> dict[str, Any]:
        return self.call("PATCH", service, path, json=body, **options)

    def delete(self, service: str, path: str, **options: Any) -> None:
        """DELETE; that it is gone already is fine."""
        try:
            self.call("DELETE", service, path, **options)
        except ServiceError as error:
            if error.status != 404:
                raise

    def call(self, method: str, service: str, path: str, **options: Any) -> dict[str, Any]:
        """One request; `options` are those of requests (json, data, params, headers). Errors: ServiceError."""
        response = self._send(method, service, path, options)
        if response.status_code == 401:
            with self._lock:
                self._credentials = None
            response = self._send(method, service, path, options)
        if response.status_code >= 400:
            raise _service_error(service, response)
        if not response.content:
            return {}
        return response.json()

    def access_token(self) -> str:
        """A valid access token of the owner. Errors: ProviderError if the cloud is not running."""
        path = self.cloud.credentials(OWNER)
        with self._lock:
            try:
                if self._credentials is None:
                    self._credentials = service_account.Credentials.from_service_account_file(str(path), scopes=SCOPES)
                if not self._credentials.valid:
                    self._credentials.refresh(TokenRequest(self._http))
            except (FileNotFoundError, auth_exceptions.GoogleAuthError) as error:
                reason = f"no token of {OWNER}: {error}"
                raise ProviderError(f"{reason}; is localcloud running? (python -m localcloud start)") from error
            return str(self._credentials.token)

    def _send(self, method: str, service: str, path: str, options: dict[str, Any]) -> requests.Response:
        headers = {**options.get("headers", {}), "authorization": f"Bearer {self.access_token()}"}
        address = self.cloud.url(service) + path
        try:
            return self._http.request(method, address, timeout=TIMEOUT_S, **{**options, "headers": headers})
        except requests.Timeout as error:
            raise ProviderError(f"{service}: no answer to {method} {path} within {TIMEOUT_S[1]:.0f} s") from error
        except requests.RequestException as error:
            base = self.cloud.url(service)
            raise ProviderError(f"{service} does not answer at {base}; is localcloud running?") from error


def _service_error(service: str, response: requests.Response) -> ServiceError:
    """Google's and Iceberg's error bodies, or whatever came, on one line."""
    reason, message = "", response.text.strip()[:500] or response.reason
    try:
        error = response.json()["error"]
        details = error.get("errors") or [{}]
        reason = error.get("type") or details[0].get("reason") or error.get("status") or ""
        message = error.get("message") or message
    except (ValueError, KeyError, TypeError, AttributeError):
        reason = f"HTTP {response.status_code}"
    return ServiceError(service, response.status_code, str(reason), " ".join(str(message).split()))


def segment(value: Any) -> str:
    """A value as one segment of a path."""
    return quote(str(value), safe="")
