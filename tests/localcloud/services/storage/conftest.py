"""What the storage tests share: one running object store, clients of it as the owner and as others, and plain HTTP."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from google.cloud import storage

from localcloud.services.iam.accounts import ensure_owner
from localcloud.services.storage.store import Store
from localcloud.settings import OWNER, LocalCloud
from tests.localcloud.services.processes import running
from tests.localcloud.services.storage.clients import PROJECT, Http, client_of, owner_http
from tests.ports import free_port_base

_numbers = itertools.count()


@pytest.fixture(scope="session")
def local_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """The cloud of all tests of this folder, with IAM and storage; who ends a service takes `own_cloud`."""
    cloud = LocalCloud(home=tmp_path_factory.mktemp("storage"), port=free_port_base())
    ensure_owner(cloud)
    with running(cloud, "iam"), running(cloud, "storage"):
        yield cloud


@pytest.fixture
def own_cloud(tmp_path: Path) -> LocalCloud:
    """A cloud of the test's own, in which nothing runs."""
    return LocalCloud(home=tmp_path, port=free_port_base())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "storage")


@pytest.fixture(scope="session")
def owner_client(local_cloud: LocalCloud) -> storage.Client:
    return client_of(local_cloud, OWNER)


@pytest.fixture(scope="session")
def http(local_cloud: LocalCloud) -> Http:
    return owner_http(local_cloud)


@pytest.fixture
def bucket(owner_client: storage.Client) -> Iterator[storage.Bucket]:
    """An empty bucket of the test's own, removed with all it holds afterwards."""
    made = owner_client.create_bucket(f"bucket-{next(_numbers)}", location="us-central1")
    yield made
    if made.exists():
        for blob in owner_client.list_blobs(made, versions=True):
            blob.delete()
        made.delete()


@pytest.fixture
def item(bucket: storage.Bucket) -> storage.Blob:
    """An object of the digits 0 to 9."""
    blob = bucket.blob("item")
    blob.upload_from_string(b"0123456789")
    return blob


@pytest.fixture(scope="session")
def new_account(local_cloud: LocalCloud) -> Callable[[], str]:
    """Make a service account with no grants; its e-mail."""

    def make() -> str:
        url = f"{local_cloud.url('iam')}/v1/projects/{PROJECT}/serviceAccounts"
        response = requests.post(url, json={"accountId": f"account-{next(_numbers)}"}, timeout=10)
        response.raise_for_status()
        return response.json()["email"]

    return make
