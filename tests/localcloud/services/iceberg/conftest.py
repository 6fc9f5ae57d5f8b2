"""An Iceberg service with one catalog on disk: no object store is needed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import requests
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.table import Table

from localcloud.services.iam.accounts import ensure_owner
from localcloud.services.iceberg.catalog_store import CatalogStore
from localcloud.settings import LocalCloud
from tests.localcloud.services.iceberg.speed import BY_DRIVE, CATALOG, SPEED
from tests.localcloud.services.processes import running
from tests.ports import free_port_base

PROJECT = "a-project"


def base(cloud: LocalCloud) -> str:
    return cloud.url("iceberg") + "/iceberg/v1/restcatalog"


@pytest.fixture(scope="session")
def iceberg(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """The cloud of all tests of this folder."""
    made = LocalCloud(home=tmp_path_factory.mktemp("iceberg"), port=free_port_base())
    ensure_owner(made)
    with running(made, "iceberg"):
        yield made


@pytest.fixture
def store(tmp_path: Path) -> CatalogStore:
    """A store with one catalog that has one namespace; nothing runs."""
    made = CatalogStore(tmp_path / "catalogs.sqlite")
    made.create_catalog(CATALOG, {})
    made.create_namespace(CATALOG, "ns", {})
    return made


@pytest.fixture
def warehouse(iceberg: LocalCloud, tmp_path: Path) -> str:
    """A catalog of the test's own whose tables are files; the name a client calls it by."""
    name = f"catalog-{uuid4().hex[:8]}"
    catalogs = f"{base(iceberg)}/extensions/projects/{PROJECT}/catalogs"
    body = {"catalog-type": "CATALOG_TYPE_BIGLAKE", "default-location": f"file://{tmp_path}/lake"}
    answer = requests.post(catalogs, params={"iceberg-catalog-id": name}, json=body, timeout=10)
    assert answer.status_code == 200, answer.text
    return f"bl://projects/{PROJECT}/catalogs/{name}"


@pytest.fixture
def catalog(iceberg: LocalCloud, warehouse: str) -> RestCatalog:
    made = RestCatalog("lake", uri=base(iceberg), warehouse=warehouse)
    made.create_namespace("drive_logs")
    return made


@pytest.fixture
def speed(catalog: RestCatalog) -> Table:
    return catalog.create_table("drive_logs.speed", SPEED, partition_spec=BY_DRIVE)
