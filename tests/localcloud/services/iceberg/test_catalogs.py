"""BigLake's catalog management and namespaces, over plain HTTP and pyiceberg."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import (
    RESTError,
)

from localcloud.settings import LocalCloud
from tests.localcloud.services.iceberg.conftest import PROJECT, base

LOCATED = {"catalog-type": "CATALOG_TYPE_BIGLAKE"}


@pytest.fixture
def catalogs(iceberg: LocalCloud) -> str:
    return f"{base(iceberg)}/extensions/projects/{PROJECT}/catalogs"


def create(catalogs: str, name: str, body: dict[str, Any]) -> requests.Response:
    return requests.post(catalogs, params={"iceberg-catalog-id": name}, json=body, timeout=10)


def test_catalog_is_made_read_changed_listed_and_deleted(catalogs: str, tmp_path: Path) -> None:
    body = {"catalogType": "CATALOG_TYPE_BIGLAKE", "default_location": f"file://{tmp_path}/", "description": "first"}
    made = create(catalogs, "managed", body).json()
    assert made["name"] == "projects/a-project/catalogs/managed"
    assert made["catalog-type"] == "CATALOG_TYPE_BIGLAKE"
    assert made["default-location"] == f"file://{tmp_path}"
    assert made["credential-mode"] == "CREDENTIAL_MODE_END_USER"
    assert requests.get(f"{catalogs}/managed", timeout=10).json() == made

    changes = {"description": "second", "credential-mode": "CREDENTIAL_MODE_VENDED_CREDENTIALS"}
    changed = requests.patch(f"{catalogs}/managed?updateMask=description", json=changes, timeout=10).json()
    assert (changed["description"], changed["credential-mode"]) == ("second", "CREDENTIAL_MODE_END_USER")
    assert changed in requests.get(catalogs, timeout=10).json()["iceberg-catalogs"]

    assert requests.delete(f"{catalogs}/managed", timeout=10).status_code == 200
    assert requests.get(f"{catalogs}/managed", timeout=10).status_code == 404


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"catalog-type": "CATALOG_TYPE_HIVE"}, "catalog-type must be one of"),
        ({}, "catalog-type must be one of"),
        ({**LOCATED, "default-location": "s3://elsewhere"}, "must begin with gs://"),
        ({**LOCATED, "default-location": "file:///lake", "colour": "red"}, "unknown field of a catalog: colour"),
        ({**LOCATED, "default-location": "file:///lake", "credential-mode": "NONE"}, "credential-mode must be one of"),
    ],
)
def test_bad_catalog_is_refused_in_googles_shape(catalogs: str, body: dict[str, Any], said: str) -> None:
    answer = create(catalogs, "refused", body)
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]
    assert requests.get(f"{catalogs}/refused", timeout=10).status_code == 404


def test_second_catalog_of_a_name_is_a_conflict(catalogs: str, tmp_path: Path) -> None:
    body = {**LOCATED, "default-location": f"file://{tmp_path}"}
    assert create(catalogs, "twice", body).status_code == 200
    assert create(catalogs, "twice", body).json()["error"]["status"] == "ALREADY_EXISTS"


def test_location_of_a_catalog_can_not_change(catalogs: str, tmp_path: Path) -> None:
    create(catalogs, "placed", {**LOCATED, "default-location": f"file://{tmp_path}"})
    answer = requests.patch(f"{catalogs}/placed", json={"default-location": "gs://other"}, timeout=10)
    assert answer.status_code == 400
    assert "default-location" in answer.json()["error"]["message"]


def test_catalog_with_namespaces_is_not_deleted(catalogs: str, catalog: RestCatalog, warehouse: str) -> None:
    name = warehouse.rpartition("/")[2]
    answer = requests.delete(f"{catalogs}/{name}", timeout=10)
    assert answer.status_code == 400
    assert "still has namespaces" in answer.json()["error"]["message"]
    catalog.drop_namespace("drive_logs")
    assert requests.delete(f"{catalogs}/{name}", timeout=10).status_code == 200


def test_unknown_warehouse_is_said(iceberg: LocalCloud) -> None:
    with pytest.raises(RESTError, match="no catalog for the warehouse 'gs://nowhere'"):
        RestCatalog("lake", uri=base(iceberg), warehouse="gs://nowhere")
