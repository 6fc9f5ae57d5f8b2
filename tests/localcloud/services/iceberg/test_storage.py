"""Tables in a bucket: the service's files and the caller's go through the object store, each under its own identity."""

from __future__ import annotations

from typing import Any

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

from localcloud.services.iam.accounts import Accounts
from localcloud.services.lake_access import OwnerToken
from localcloud.settings import LocalCloud
from tests.localcloud.services.iceberg.conftest import base

PROJECT = "a-project"
SPEED = Schema(NestedField(1, "speed_mps", DoubleType()))


@pytest.fixture(scope="module")
def bucket(local_cloud: LocalCloud, start_service: Any) -> str:
    """A bucket with a catalog of its name."""
    start_service(local_cloud, "iceberg")
    name = "curated"
    headers = {"Authorization": f"Bearer {OwnerToken(local_cloud).get()}"}
    buckets = f"{local_cloud.url('storage')}/storage/v1/b?project={PROJECT}"
    requests.post(
        buckets, json={"name": name, "location": "us-central1"}, headers=headers, timeout=10
    ).raise_for_status()
    catalogs = f"{base(local_cloud)}/extensions/projects/{PROJECT}/catalogs?iceberg-catalog-id={name}"
    made = requests.post(catalogs, json={"catalog-type": "CATALOG_TYPE_GCS_BUCKET"}, headers=headers, timeout=30).json()
    assert (made["default-location"], made["storage-regions"]) == ("gs://curated", ["us-central1"])
    return name


def catalog_as(cloud: LocalCloud, bucket: str, token: str) -> RestCatalog:
    return RestCatalog("lake", uri=base(cloud), warehouse=f"gs://{bucket}", token=token)


def test_rows_go_through_the_bucket_under_the_callers_identity(
    local_cloud: LocalCloud, bucket: str, start_service: Any
) -> None:
    catalog = catalog_as(local_cloud, bucket, OwnerToken(local_cloud).get())
    catalog.create_namespace("drive_logs")
    table = catalog.create_table("drive_logs.speed", SPEED)
    table.append(pa.table({"speed_mps": [1.0, 2.5]}))
    assert table.location() == "gs://curated/drive_logs/speed"
    assert catalog.load_table("drive_logs.speed").scan().to_arrow()["speed_mps"].to_pylist() == [1.0, 2.5]

    start_service(local_cloud, "bigquery")
    options = ClientOptions(api_endpoint=local_cloud.url("bigquery"))
    client = bigquery.Client(project=PROJECT, credentials=AnonymousCredentials(), client_options=options)
    query = f"SELECT SUM(speed_mps) AS total FROM `{PROJECT}.{bucket}.drive_logs.speed`"
    assert [row.total for row in client.query(query).result()] == [3.5]

    email = Accounts(local_cloud).create(PROJECT, "stranger", {})["email"]
    credentials = jwt.Credentials.from_service_account_file(str(local_cloud.credentials(email)), audience="storage")
    credentials.refresh(None)
    token = credentials.token.decode() if isinstance(credentials.token, bytes) else credentials.token
    strangers = catalog_as(local_cloud, bucket, token).load_table("drive_logs.speed")
    with pytest.raises(OSError, match=r"(?i)403|permission|denied"):
        strangers.scan().to_arrow()
    with pytest.raises(OSError, match=r"(?i)403|permission|denied"):
        strangers.append(pa.table({"speed_mps": [9.0]}))
    assert catalog.load_table("drive_logs.speed").scan().count() == 2


def test_catalog_of_a_missing_bucket_is_refused(local_cloud: LocalCloud, bucket: str) -> None:
    catalogs = f"{base(local_cloud)}/extensions/projects/{PROJECT}/catalogs?iceberg-catalog-id=missing"
    answer = requests.post(catalogs, json={"catalog-type": "CATALOG_TYPE_GCS_BUCKET"}, timeout=30)
    assert answer.status_code == 404
    assert "Bucket missing does not exist" in answer.json()["error"]["message"]
