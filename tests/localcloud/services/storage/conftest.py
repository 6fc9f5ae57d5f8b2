"""What the storage tests share: clients of Google's library as the owner and as other accounts, and plain HTTP."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest
import requests
from google.auth.transport.requests import Request
from google.cloud import storage

from localcloud.settings import OWNER, LocalCloud
from tests.localcloud.services.storage.clients import PROJECT, Http, client_of, credentials_of

_numbers = itertools.count()


@pytest.fixture(scope="module")
def owner_client(local_cloud: LocalCloud) -> storage.Client:
    return client_of(local_cloud, OWNER)


@pytest.fixture(scope="module")
def http(local_cloud: LocalCloud) -> Http:
    owner = credentials_of(local_cloud, OWNER)
    owner.refresh(Request())
    return Http(local_cloud.url("storage"), owner.token)


@pytest.fixture
def bucket(owner_client: storage.Client) -> Iterator[storage.Bucket]:
    """An empty bucket of the test's own, removed with all it holds afterwards."""
    made = owner_client.create_bucket(f"bucket-{next(_numbers)}", location="us-central1")
    yield made
    if made.exists():
        for blob in owner_client.list_blobs(made, versions=True):
            blob.delete()
        made.delete()


@pytest.fixture(scope="module")
def new_account(local_cloud: LocalCloud) -> Callable[[], str]:
    """Make a service account with no grants; its e-mail."""

    def make() -> str:
        url = f"{local_cloud.url('iam')}/v1/projects/{PROJECT}/serviceAccounts"
        response = requests.post(url, json={"accountId": f"account-{next(_numbers)}"}, timeout=10)
        response.raise_for_status()
        return response.json()["email"]

    return make
