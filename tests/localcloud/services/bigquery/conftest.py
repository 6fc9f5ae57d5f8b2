"""BigQuery over a lake on disk: the Iceberg and BigQuery services, one catalog, two tables with views."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import requests
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import (
    BooleanType,
    DateType,
    DecimalType,
    DoubleType,
    ListType,
    LongType,
    NestedField,
    StringType,
    StructType,
    TimestampType,
    TimestamptzType,
)

from localcloud.services.iam.accounts import ensure_owner
from localcloud.settings import LocalCloud
from tests.localcloud.services.iceberg.conftest import base
from tests.localcloud.services.processes import running
from tests.ports import free_port_base

pytest.register_assert_rewrite("tests.localcloud.services.bigquery.functions.evaluation")

PROJECT = "a-project"
CATALOG = "lake"
START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)

SPEED = Schema(
    NestedField(1, "drive_id", StringType(), required=True),
    NestedField(2, "timestamp", TimestamptzType(), required=True),
    NestedField(3, "speed_mps", DoubleType()),
)
KINDS = Schema(
    NestedField(1, "flag", BooleanType()),
    NestedField(2, "number", LongType()),
    NestedField(3, "price", DecimalType(20, 4)),
    NestedField(4, "day", DateType()),
    NestedField(5, "local", TimestampType()),
    NestedField(6, "tags", ListType(20, StringType())),
    NestedField(7, "place", StructType(NestedField(30, "h3", StringType()), NestedField(31, "level", LongType()))),
    NestedField(8, "Name", StringType()),
)


@pytest.fixture
def own_cloud(tmp_path: Path) -> LocalCloud:
    """A cloud of the test's own, in which nothing runs."""
    return LocalCloud(home=tmp_path, port=free_port_base())


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """The cloud of all tests of this folder, with its catalogue and warehouse."""
    made = LocalCloud(home=tmp_path_factory.mktemp("bigquery"), port=free_port_base())
    ensure_owner(made)
    with running(made, "iceberg"), running(made, "bigquery"):
        yield made


@pytest.fixture(scope="session")
def lake(cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> RestCatalog:
    """The catalog, with drive_logs.speed (two drives of 100 rows, a file each) and drive_logs.kinds."""
    folder: Path = tmp_path_factory.mktemp("lake")
    requests.post(
        f"{base(cloud)}/extensions/projects/{PROJECT}/catalogs?iceberg-catalog-id={CATALOG}",
        json={"catalog-type": "CATALOG_TYPE_BIGLAKE", "default-location": f"file://{folder}"},
        timeout=10,
    ).raise_for_status()
    catalog = RestCatalog("lake", uri=base(cloud), warehouse=f"bl://projects/{PROJECT}/catalogs/{CATALOG}")
    catalog.create_namespace("drive_logs")
    by_drive = PartitionSpec(PartitionField(1, 1000, IdentityTransform(), "drive_id"))
    speed = catalog.create_table("drive_logs.speed", SPEED, partition_spec=by_drive)
    for drive in ("a", "b"):
        speed.append(speed_rows(drive))
    kinds = catalog.create_table("drive_logs.kinds", KINDS)
    kinds.append(pa.Table.from_pylist(KIND_ROWS, kinds.schema().as_arrow()))
    return catalog


def speed_rows(drive: str, count: int = 100) -> pa.Table:
    second = datetime.timedelta(seconds=1)
    rows = [{"drive_id": drive, "timestamp": START + i * second, "speed_mps": i / 2} for i in range(count)]
    return pa.Table.from_pylist(rows, SPEED.as_arrow())


KIND_ROWS: list[dict[str, Any]] = [
    {
        "flag": True,
        "number": 2**60,
        "price": 12,
        "day": datetime.date(2026, 2, 3),
        "local": datetime.datetime(2026, 2, 3, 4, 5, 6, 700),
        "tags": ["x", "y"],
        "place": {"h3": "8928", "level": 9},
        "Name": "first",
    },
    dict.fromkeys(("flag", "number", "price", "day", "local", "tags", "place", "Name")),
]


@pytest.fixture(scope="session")
def client(cloud: LocalCloud, lake: RestCatalog) -> bigquery.Client:
    """Google's client, unpatched, with views drive_logs.speed and drive_logs.kinds over the lake."""
    options = ClientOptions(api_endpoint=cloud.url("bigquery"))
    made = bigquery.Client(project=PROJECT, credentials=AnonymousCredentials(), client_options=options)
    made.create_dataset("drive_logs")
    for name in ("speed", "kinds"):
        view(made, f"drive_logs.{name}", f"SELECT * FROM `{PROJECT}.{CATALOG}.drive_logs.{name}`")
    return made


def view(client: bigquery.Client, name: str, query: str) -> bigquery.Table:
    table = bigquery.Table(f"{PROJECT}.{name}")
    table.view_query = query
    return client.create_table(table)
