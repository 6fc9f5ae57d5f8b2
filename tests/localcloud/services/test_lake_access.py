"""Tables in a bucket: the service's files and the caller's go through the object store, each under its own identity."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
import requests
from google.api_core.client_options import ClientOptions
from google.auth import jwt
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.schema import Schema
from pyiceberg.types import DoubleType, NestedField

from localcloud.services.iam.accounts import Accounts, ensure_owner
from localcloud.services.iam.tokens import LIFETIME_S, issue_access_token
from localcloud.services.identity import caller
from localcloud.services.lake_access import OwnerToken, storage_properties
from localcloud.settings import OWNER, LocalCloud
from tests.localcloud.services.buckets import Buckets
from tests.localcloud.services.iam.served import bearer
from tests.localcloud.services.iceberg.conftest import base
from tests.localcloud.services.processes import running
from tests.ports import free_port_base

PROJECT = "a-project"
SPEED = Schema(NestedField(1, "speed_mps", DoubleType()))


@pytest.fixture(scope="session")
def lake_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A cloud with all that a table in a bucket needs."""
    made = LocalCloud(home=tmp_path_factory.mktemp("lake"), port=free_port_base())
    with running(made, "iam"), running(made, "storage"), running(made, "iceberg"), running(made, "bigquery"):
        yield made


@pytest.fixture(scope="session")
def bucket(lake_cloud: LocalCloud) -> str:
    """A bucket with a catalog of its name."""
    name = "curated"
    Buckets(lake_cloud).create(name)
    catalogs = f"{base(lake_cloud)}/extensions/projects/{PROJECT}/catalogs?iceberg-catalog-id={name}"
    made = requests.post(catalogs, json={"catalog-type": "CATALOG_TYPE_GCS_BUCKET"}, timeout=30).json()
    assert (made["default-location"], made["storage-regions"]) == ("gs://curated", ["us-central1"])
    return name


def catalog_as(cloud: LocalCloud, bucket: str, token: str) -> RestCatalog:
    return RestCatalog("lake", uri=base(cloud), warehouse=f"gs://{bucket}", token=token)


def test_rows_go_through_the_bucket_under_the_callers_identity(lake_cloud: LocalCloud, bucket: str) -> None:
    catalog = catalog_as(lake_cloud, bucket, OwnerToken(lake_cloud).get())
    catalog.create_namespace("drive_logs")
    table = catalog.create_table("drive_logs.speed", SPEED)
    table.append(pa.table({"speed_mps": [1.0, 2.5]}))
    assert table.location() == "gs://curated/drive_logs/speed"
    assert catalog.load_table("drive_logs.speed").scan().to_arrow()["speed_mps"].to_pylist() == [1.0, 2.5]

    options = ClientOptions(api_endpoint=lake_cloud.url("bigquery"))
    client = bigquery.Client(project=PROJECT, credentials=AnonymousCredentials(), client_options=options)
    query = f"SELECT SUM(speed_mps) AS total FROM `{PROJECT}.{bucket}.drive_logs.speed`"
    assert [row.total for row in client.query(query).result()] == [3.5]

    email = Accounts(lake_cloud).create(PROJECT, "stranger", {})["email"]
    credentials = jwt.Credentials.from_service_account_file(str(lake_cloud.credentials(email)), audience="storage")
    credentials.refresh(None)
    token = credentials.token.decode() if isinstance(credentials.token, bytes) else credentials.token
    strangers = catalog_as(lake_cloud, bucket, token).load_table("drive_logs.speed")
    with pytest.raises(OSError, match=r"(?i)403|permission|denied"):
        strangers.scan().to_arrow()
    with pytest.raises(OSError, match=r"(?i)403|permission|denied"):
        strangers.append(pa.table({"speed_mps": [9.0]}))
    assert catalog.load_table("drive_logs.speed").scan().count() == 2


def test_catalog_of_a_missing_bucket_is_refused(lake_cloud: LocalCloud, bucket: str) -> None:
    catalogs = f"{base(lake_cloud)}/extensions/projects/{PROJECT}/catalogs?iceberg-catalog-id=missing"
    answer = requests.post(catalogs, json={"catalog-type": "CATALOG_TYPE_GCS_BUCKET"}, timeout=30)
    assert answer.status_code == 404
    assert "Bucket missing does not exist" in answer.json()["error"]["message"]


def test_what_a_clients_file_io_is_told(tmp_path: Path) -> None:
    cloud = LocalCloud(tmp_path, port=9000)
    assert storage_properties(cloud, None) == {"gcs.service.host": "http://127.0.0.1:9000"}
    token = issue_access_token(cloud, ensure_owner(cloud))
    properties = storage_properties(cloud, token)
    assert properties["gcs.oauth2.token"] == token
    left_s = int(properties["gcs.oauth2.token-expires-at"]) / 1000 - time.time()
    assert LIFETIME_S - 60 < left_s <= LIFETIME_S


def test_the_owners_token_is_kept_while_it_is_good(tmp_path: Path) -> None:
    cloud = LocalCloud(tmp_path)
    owner = OwnerToken(cloud)
    assert owner.get() == owner.get()
    assert caller(bearer(owner.get()), cloud) == OWNER
