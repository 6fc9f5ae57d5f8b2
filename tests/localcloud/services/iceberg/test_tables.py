"""Tables through pyiceberg's unpatched REST client: rows, evolution, conflicts, transactions, what survives a kill."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pyarrow as pa
import pytest
import requests
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import (
    BadRequestError,
    CommitFailedException,
    NoSuchNamespaceError,
    NoSuchTableError,
    TableAlreadyExistsError,
)
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import DoubleType, LongType, NestedField, StringType, TimestamptzType

from localcloud.settings import LocalCloud
from tests.localcloud.services.iceberg.conftest import base
from tests.ports import free_port_base

SPEED = Schema(
    NestedField(1, "drive_id", StringType(), required=True),
    NestedField(2, "timestamp", TimestamptzType(), required=True),
    NestedField(3, "speed_mps", DoubleType()),
)
BY_DRIVE = PartitionSpec(PartitionField(1, 1000, IdentityTransform(), "drive_id"))
ARROW = pa.schema(
    [
        pa.field("drive_id", pa.string(), nullable=False),
        pa.field("timestamp", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("speed_mps", pa.float64()),
    ]
)


def rows(drive: str, count: int = 2) -> pa.Table:
    records = [{"drive_id": drive, "timestamp": i * 86_400_000_000, "speed_mps": float(i)} for i in range(count)]
    return pa.Table.from_pylist(records, ARROW)


@pytest.fixture
def speed(catalog: RestCatalog) -> Table:
    return catalog.create_table("drive_logs.speed", SPEED, partition_spec=BY_DRIVE)


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
    read = catalog.load_table("drive_logs.speed").scan().to_arrow().sort_by([("drive_id", "ascending")])
    assert sorted(read.filter(pa.compute.equal(read["drive_id"], "new"))["gear"].to_pylist()) == [3, 4]
    assert read.filter(pa.compute.equal(read["drive_id"], "old"))["gear"].to_pylist() == [None, None]
    assert catalog.load_table("drive_logs.speed").schema().find_field("gear").field_id == 4


def test_create_transaction_is_invisible_until_committed(catalog: RestCatalog) -> None:
    transaction = catalog.create_table_transaction("drive_logs.staged", SPEED)
    transaction.append(rows("a"))
    assert not catalog.table_exists("drive_logs.staged")
    transaction.commit_transaction()
    assert catalog.load_table("drive_logs.staged").scan().to_arrow().num_rows == 2


def test_table_that_appeared_meanwhile_fails_the_create_transaction(catalog: RestCatalog) -> None:
    transaction = catalog.create_table_transaction("drive_logs.raced", SPEED)
    catalog.create_table("drive_logs.raced", SPEED)
    with pytest.raises(CommitFailedException):
        transaction.commit_transaction()


def test_create_transaction_in_a_dropped_namespace_is_a_404(catalog: RestCatalog) -> None:
    catalog.create_namespace("gone")
    transaction = catalog.create_table_transaction("gone.table", SPEED)
    catalog.drop_namespace("gone")
    with pytest.raises(Exception, match="NoSuchNamespaceException"):
        transaction.commit_transaction()


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
    moved = commit(catalog, "speed", [], [{"action": "set-location", "location": "file:///tmp/elsewhere"}])
    assert moved.status_code == 400
    assert "is not below its catalog's" in moved.json()["error"]["message"]


def url(catalog: RestCatalog, path: str) -> str:
    return f"{catalog.uri}/v1/{catalog.properties['prefix']}/{path}"


def commit(catalog: RestCatalog, table: str, requirements: list[Any], updates: list[Any]) -> requests.Response:
    body = {"requirements": requirements, "updates": updates}
    return requests.post(url(catalog, f"namespaces/drive_logs/tables/{table}"), json=body, timeout=10)


def test_unknown_update_is_refused_with_its_place(catalog: RestCatalog, speed: Table) -> None:
    answer = commit(catalog, "speed", [], [{"action": "paint-it-red"}])
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "BadRequestException"
    assert "paint-it-red" in answer.json()["error"]["message"]


def test_removing_a_property_that_is_not_set_is_no_error(catalog: RestCatalog, speed: Table) -> None:
    assert commit(catalog, "speed", [], [{"action": "remove-properties", "removals": ["absent"]}]).status_code == 200


def test_commit_that_changes_nothing_keeps_the_metadata_file(catalog: RestCatalog, speed: Table) -> None:
    updates = [{"action": "assign-uuid", "uuid": str(speed.metadata.table_uuid)}]
    assert commit(catalog, "speed", [], updates).json()["metadata-location"] == speed.metadata_location


def test_stale_append_conflicts_with_409(catalog: RestCatalog, speed: Table) -> None:
    speed.append(rows("a"))
    requirement = {"type": "assert-ref-snapshot-id", "ref": "main", "snapshot-id": None}
    answer = commit(catalog, "speed", [requirement], [{"action": "set-properties", "updates": {"x": "1"}}])
    assert answer.status_code == 409
    assert answer.json()["error"]["type"] == "CommitFailedException"
    assert "x" not in catalog.load_table("drive_logs.speed").properties


def test_concurrent_property_commits_all_arrive(catalog: RestCatalog, speed: Table) -> None:
    writers = 8
    start = Barrier(writers)

    def write(number: int) -> int:
        start.wait()
        return commit(catalog, "speed", [], [{"action": "set-properties", "updates": {f"p{number}": "1"}}]).status_code

    with ThreadPoolExecutor(writers) as pool:
        assert list(pool.map(write, range(writers))) == [200] * writers
    table = catalog.load_table("drive_logs.speed")
    assert {f"p{number}" for number in range(writers)} <= set(table.properties)
    assert len(table.metadata.metadata_log) == writers
    metadata_files = list(Path(table.location().removeprefix("file://"), "metadata").glob("*.metadata.json"))
    assert len(metadata_files) == writers + 1, "files written in vain are deleted"


def test_concurrent_appends_lose_no_row_and_count_none_twice(catalog: RestCatalog, speed: Table) -> None:
    writers = 4
    start = Barrier(writers)

    def append(number: int) -> int:
        """Append until it is taken; how often it was refused."""
        start.wait()
        refused = 0
        while True:
            try:
                catalog.load_table("drive_logs.speed").append(rows(f"drive-{number}"))
            except CommitFailedException:
                refused += 1
            else:
                return refused

    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(append, range(writers)))
    table = catalog.load_table("drive_logs.speed")
    assert sorted(table.scan().to_arrow()["drive_id"].to_pylist()) == sorted([f"drive-{n}" for n in range(writers)] * 2)
    assert len(table.snapshots()) == writers


def transaction(catalog: RestCatalog, changes: list[dict[str, Any]]) -> requests.Response:
    return requests.post(url(catalog, "transactions/commit"), json={"table-changes": changes}, timeout=10)


def change(table: str, key: str, requirements: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {
        "identifier": {"namespace": ["drive_logs"], "name": table},
        "requirements": requirements or [],
        "updates": [{"action": "set-properties", "updates": {key: "1"}}],
    }


def test_transaction_changes_all_tables_or_none(catalog: RestCatalog, speed: Table) -> None:
    other = catalog.create_table("drive_logs.steering", SPEED)
    assert transaction(catalog, [change("speed", "one"), change("steering", "one")]).status_code == 204
    assert {"one"} <= set(catalog.load_table("drive_logs.speed").properties)
    assert {"one"} <= set(catalog.load_table("drive_logs.steering").properties)

    wrong = [{"type": "assert-table-uuid", "uuid": str(speed.metadata.table_uuid)}]
    answer = transaction(catalog, [change("speed", "two"), change("steering", "two", wrong)])
    assert (answer.status_code, answer.json()["error"]["type"]) == (409, "CommitFailedException")
    assert "two" not in catalog.load_table("drive_logs.speed").properties
    assert transaction(catalog, [change("speed", "two"), change("absent", "two")]).status_code == 404
    assert "two" not in catalog.load_table("drive_logs.speed").properties
    assert transaction(catalog, [change("speed", "two"), change("speed", "three")]).status_code == 400
    assert other.metadata.table_uuid == catalog.load_table("drive_logs.steering").metadata.table_uuid


def test_old_metadata_files_are_deleted_when_the_table_asks(catalog: RestCatalog) -> None:
    properties = {"write.metadata.delete-after-commit.enabled": "true", "write.metadata.previous-versions-max": "2"}
    table = catalog.create_table("drive_logs.short", SPEED, properties=properties)
    for number in range(6):
        with table.transaction() as change_:
            change_.set_properties({f"p{number}": "1"})
    files = sorted(Path(table.location().removeprefix("file://"), "metadata").glob("*.metadata.json"))
    assert [int(file.name[:5]) for file in files] == [4, 5, 6]


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


def test_load_answers_304_for_the_version_a_client_has(catalog: RestCatalog, speed: Table) -> None:
    address = url(catalog, "namespaces/drive_logs/tables/speed")
    tag = requests.get(address, timeout=10).headers["ETag"]
    assert requests.get(address, headers={"If-None-Match": tag}, timeout=10).status_code == 304
    speed.append(rows("a"))
    speed.append(rows("b"))
    answer = requests.get(address, headers={"If-None-Match": tag}, timeout=10)
    assert len(answer.json()["metadata"]["snapshots"]) == 2
    whole = answer.headers["ETag"]
    refs = requests.get(address, params={"snapshots": "refs"}, headers={"If-None-Match": whole}, timeout=10)
    assert len(refs.json()["metadata"]["snapshots"]) == 1
    assert refs.headers["ETag"] != whole
    known = {"If-None-Match": refs.headers["ETag"]}
    assert requests.get(address, params={"snapshots": "refs"}, headers=known, timeout=10).status_code == 304


def test_commit_is_to_the_table_of_its_path(catalog: RestCatalog, speed: Table) -> None:
    catalog.create_table("drive_logs.other", SPEED)
    body = change("other", "mine")
    assert requests.post(url(catalog, "namespaces/drive_logs/tables/speed"), json=body, timeout=10).status_code == 200
    assert "mine" in catalog.load_table("drive_logs.speed").properties
    assert "mine" not in catalog.load_table("drive_logs.other").properties


@pytest.mark.parametrize(
    "update",
    [
        {"action": "set-current-schema", "schema-id": 77},
        {"action": "set-default-sort-order", "sort-order-id": 77},
        {"action": "upgrade-format-version", "format-version": 1},
    ],
)
def test_update_that_does_not_fit_is_refused(catalog: RestCatalog, speed: Table, update: dict[str, Any]) -> None:
    answer = commit(catalog, "speed", [], [update])
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "BadRequestException"), answer.text


def test_new_table_without_a_schema_is_refused(catalog: RestCatalog, speed: Table) -> None:
    updates = [{"action": "set-location", "location": speed.location() + "2"}]
    answer = commit(catalog, "fresh", [{"type": "assert-create"}], updates)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "BadRequestException"), answer.text
    assert not catalog.table_exists("drive_logs.fresh")


@pytest.mark.parametrize("data", ["[1]", "{", "1"])
def test_malformed_bodies_are_refused_in_icebergs_shape(catalog: RestCatalog, speed: Table, data: str) -> None:
    answer = requests.post(url(catalog, "namespaces/drive_logs/tables/speed"), data=data, timeout=10)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "BadRequestException")


def test_there_are_no_views_and_metrics_are_taken(catalog: RestCatalog, speed: Table) -> None:
    assert requests.get(url(catalog, "namespaces/drive_logs/views"), timeout=10).json() == {"identifiers": []}
    answer = requests.get(url(catalog, "namespaces/drive_logs/views/v"), timeout=10)
    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "NoSuchViewException")
    metrics = url(catalog, "namespaces/drive_logs/tables/speed/metrics")
    assert requests.post(metrics, json={"report-type": "scan-report"}, timeout=10).status_code == 204


def test_acknowledged_commits_survive_a_kill(start_service: Any, tmp_path: Path) -> None:
    own = LocalCloud(home=tmp_path / "home", port=free_port_base())
    own.home.mkdir()
    process = start_service(own, "iceberg")
    requests.post(
        f"{base(own)}/extensions/projects/p/catalogs?iceberg-catalog-id=lake",
        json={"catalog-type": "CATALOG_TYPE_BIGLAKE", "default-location": f"file://{tmp_path}/lake"},
        timeout=10,
    ).raise_for_status()
    catalog = RestCatalog("lake", uri=base(own), warehouse="bl://projects/p/catalogs/lake")
    catalog.create_namespace("drive_logs")
    catalog.create_table("drive_logs.speed", SPEED).append(rows("a"))
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=10)
    start_service(own, "iceberg")
    assert catalog.load_table("drive_logs.speed").scan().to_arrow().num_rows == 2
