"""How the storage tests reach the service: Google's client library, or plain HTTP for what it hides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests
from google.cloud import storage
from google.oauth2 import service_account

from localcloud.settings import LocalCloud

SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]
PROJECT = "a-project"


def credentials_of(cloud: LocalCloud, email: str) -> service_account.Credentials:
    return service_account.Credentials.from_service_account_file(cloud.credentials(email), scopes=SCOPES)


def client_of(cloud: LocalCloud, email: str) -> storage.Client:
    options = {"api_endpoint": cloud.url("storage")}
    return storage.Client(project=PROJECT, credentials=credentials_of(cloud, email), client_options=options)


@dataclass(frozen=True)
class Http:
    """Plain requests with a token, for what the client library hides."""

    root: str
    token: str | None

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= options.pop("headers", {})
        url = path if path.startswith("http") else self.root + path
        return requests.request(method, url, headers=headers, timeout=30, **options)
