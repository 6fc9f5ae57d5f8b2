"""The object store's client of a service: one identity, this cloud's store."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.api_core.retry import Retry
from google.auth.exceptions import TransportError
from google.cloud import storage
from google.oauth2.service_account import Credentials

from localcloud.services.iam.accounts import Accounts
from localcloud.services.storage_client import STORAGE_ERRORS, storage_client
from localcloud.settings import OWNER, LocalCloud
from tests.ports import free_port_base


def test_it_is_one_identity_in_its_own_project(tmp_path: Path) -> None:
    cloud = LocalCloud(tmp_path, port=9000)
    email = Accounts(cloud).create("a-project", "reading-job", {})["email"]
    client = storage_client(cloud, email)
    assert client.project == "a-project"
    assert isinstance(client._credentials, Credentials)
    assert client._credentials.service_account_email == email
    blob = storage.Blob.from_uri("gs://bucket/a b", client=client)
    assert blob.public_url.startswith("http://127.0.0.1:9000/bucket/")
    Accounts(cloud).ensure_owner()
    assert storage_client(cloud, OWNER).project == cloud.project


def test_a_cloud_that_does_not_run_is_one_of_its_errors(tmp_path: Path) -> None:
    cloud = LocalCloud(tmp_path, port=free_port_base())
    Accounts(cloud).ensure_owner()
    client = storage_client(cloud, OWNER)
    with pytest.raises(STORAGE_ERRORS) as failed:
        client.get_bucket("bucket", timeout=1, retry=Retry(predicate=lambda error: False))
    assert isinstance(failed.value, TransportError)


def test_an_identity_without_a_key_has_no_client(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        storage_client(LocalCloud(tmp_path), "nobody@a-project.iam.gserviceaccount.com")
