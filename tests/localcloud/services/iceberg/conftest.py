"""An Iceberg service with one catalog on disk: no object store is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from pyiceberg.catalog.rest import RestCatalog

from localcloud.settings import LocalCloud

PROJECT = "a-project"


def base(cloud: LocalCloud) -> str:
    return cloud.url("iceberg") + "/iceberg/v1/restcatalog"


@pytest.fixture(scope="module")
def iceberg(cloud: LocalCloud, start_service: Any) -> LocalCloud:
    start_service(cloud, "iceberg")
    return cloud


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
