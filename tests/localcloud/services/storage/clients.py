"""How the storage tests reach the service: Google's client library, or plain HTTP for what it hides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import requests
from google.cloud import storage
from google.oauth2 import service_account
from google.oauth2.credentials import Credentials

from localcloud.services.iam.accounts import ensure_owner
from localcloud.services.iam.tokens import issue_access_token
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

    def create_bucket(self, name: str) -> None:
        self("POST", f"/storage/v1/b?project={PROJECT}", json={"name": name}).raise_for_status()

    def client(self) -> storage.Client:
        """Google's client with this token, which it can't renew."""
        options = {"api_endpoint": self.root}
        return storage.Client(project=PROJECT, credentials=Credentials(self.token), client_options=options)


def owner_http(cloud: LocalCloud) -> Http:
    """As the owner, with a token that no service has to issue."""
    return Http(cloud.url("storage"), issue_access_token(cloud, ensure_owner(cloud)))


def path_of(blob: storage.Blob) -> str:
    """An object's path in the JSON API."""
    return f"/storage/v1/b/{blob.bucket.name}/o/{blob.name}"


def names(blobs: Iterable[storage.Blob]) -> list[str]:
    return [str(blob.name) for blob in blobs]


def grant(bucket: storage.Bucket, role: str, member: str) -> None:
    """Give a role, without its `roles/storage.`, in a bucket's policy."""
    policy = bucket.get_iam_policy()
    policy[f"roles/storage.{role}"].add(member)
    bucket.set_iam_policy(policy)


def begin(http: Http, bucket: storage.Bucket, name: str, prefix: str = "/upload", **fields: object) -> str:
    """The address of a resumable upload that has begun."""
    path = f"{prefix}/storage/v1/b/{bucket.name}/o"
    response = http("POST", path, params={"uploadType": "resumable"}, json={"name": name} | fields)
    assert response.status_code == 200, response.text
    return response.headers["location"]


def put(http: Http, location: str, content_range: str, data: bytes = b"") -> requests.Response:
    return http("PUT", location, headers={"Content-Range": content_range}, data=data)


def texts(body: bytes, tag: str) -> list[str]:
    """What is in the elements of a name in an XML answer."""
    return [element.text or "" for element in ElementTree.fromstring(body).iter() if element.tag.endswith("}" + tag)]
