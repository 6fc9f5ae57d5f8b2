"""Tables through pyiceberg's unpatched REST client: rows, evolution, conflicts, transactions, what survives a kill."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
import requests
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import (
    BadRequestError,
    NoSuchNamespaceError,
    NoSuchTableError,
    TableAlreadyExistsError,
)
from pyiceberg.table import Table
from pyiceberg.types import LongType

from localcloud.services.iceberg.catalog_store import CatalogStore
from localcloud.services.iceberg.errors import IcebergError
from localcloud.services.iceberg.file_io import ObjectStore
from localcloud.services.iceberg.tables import Tables, create_request
from localcloud.settings import LocalCloud
from tests.localcloud.services.iceberg.conftest import base
from tests.localcloud.services.iceberg.speed import CATALOG, ONE, SCHEMA, SPEED, post, rows
from tests.localcloud.services.processes import running
from tests.ports import free_port_base


def test_rows_come_back(catalog: RestCatalog, speed: Table) -> None:
    speed.append(rows("a"))
    speed.append(rows("b", 3))
    loaded = catalog.load_table("drive_logs.speed")
    assert sorted(loaded.scan().to_arrow()["drive_id"].to_pylist()) == ["a", "a", "b", "b", "b"]
    assert loaded.location().endswith("/lake/drive_logs/speed")
    assert [field.field_id for field in loaded.schema().fields] == [1, 2, 3]
    assert loaded.scan("drive_id == 'b' and speed_mps >= 1.0").to_arrow().num_rows == 2
    assert catalog.list_tables("drive_logs") == [("drive_logs", "speed")]
    assert catalog.table_exists("drive_logs.speed")


def test_added_column_reads_as_null_in_old_files(catalog: RestCatalog, speed: Table) -> None:
    speed.append(rows("old"))
    with speed.update_schema() as update:
        update.add_column("gear", LongType())
    more = rows("new").append_column("gear", pa.array([3, 4], pa.int64()))
    speed.append(more)
    read = catalog.load_table("drive_logs.speed").scan(selected_fields=("drive_id", "gear")).to_arrow().to_pylist()
    assert sorted(row["gear"] for row in read if row["drive_id"] == "new") == [3, 4]
    assert [row["gear"] for row in read if row["drive_id"] == "old"] == [None, None]
    assert catalog.load_table("drive_logs.speed").schema().find_field("gear").field_id == 4


def test_refusals(catalog: RestCatalog, speed: Table) -> None:
    with pytest.raises(TableAlreadyExistsError):
        catalog.create_table("drive_logs.speed", SPEED)
    with pytest.raises(NoSuchNamespaceError):
        catalog.create_table("nowhere.speed", SPEED)
    with pytest.raises(NoSuchTableError):
        catalog.load_table("drive_logs.nothing")
    with pytest.raises(NoSuchTableError):
        catalog.drop_table("drive_logs.nothing")
    with pytest.raises(BadRequestError, match="is not below its catalog's"):
        catalog.create_table("drive_logs.outside", SPEED, location="file:///tmp/elsewhere")
    moved = post(catalog, "speed", [], [{"action": "set-location", "location": "file:///tmp/elsewhere"}])
    assert moved.status_code == 400
    assert "is not below its catalog's" in moved.json()["error"]["message"]


def test_rename_register_and_drop(catalog: RestCatalog, speed: Table) -> None:
    speed.append(rows("a"))
    catalog.create_namespace("archive")
    catalog.rename_table("drive_logs.speed", "archive.speed")
    assert catalog.list_tables("drive_logs") == []
    table = catalog.load_table("archive.speed")
    with pytest.raises(TableAlreadyExistsError):
        catalog.register_table("archive.speed", table.metadata_location)
    catalog.drop_table("archive.speed")
    assert Path(table.metadata_location.removeprefix("file://")).exists()
    registered = catalog.register_table("drive_logs.again", table.metadata_location)
    assert registered.scan().to_arrow().num_rows == 2
    catalog.purge_table("drive_logs.again")
    assert [path for path in Path(table.location().removeprefix("file://")).rglob("*") if path.is_file()] == []


def test_acknowledged_commits_survive_a_kill(tmp_path: Path) -> None:
    own = LocalCloud(home=tmp_path / "home", port=free_port_base())
    own.home.mkdir()
    with running(own, "iceberg") as process:
        requests.post(
            f"{base(own)}/extensions/projects/p/catalogs?iceberg-catalog-id=lake",
            json={"catalog-type": "CATALOG_TYPE_BIGLAKE", "default-location": f"file://{tmp_path}/lake"},
            timeout=10,
        ).raise_for_status()
        catalog = RestCatalog("lake", uri=base(own), warehouse="bl://projects/p/catalogs/lake")
        catalog.create_namespace("drive_logs")
        catalog.create_table("drive_logs.speed", SPEED).append(rows("a"))
        process.kill()
    with running(own, "iceberg"):
        assert catalog.load_table("drive_logs.speed").scan().to_arrow().num_rows == 2


def test_table_that_can_not_be_purged_is_not_dropped(store: CatalogStore, tmp_path: Path) -> None:
    cloud, root = LocalCloud(home=tmp_path / "home"), f"file://{tmp_path}/lake"
    made = Tables(store, ObjectStore(cloud)).create(
        CATALOG, root, "ns", create_request({"name": "one", "schema": SCHEMA})
    )
    assert made.location is not None
    Path(made.location.removeprefix("file://")).unlink()
    with pytest.raises(IcebergError, match="there is no such object"):
        Tables(store, ObjectStore(cloud)).drop(ONE, purge=True)
    assert store.location(ONE) == made.location
