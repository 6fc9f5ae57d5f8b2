"""Commits through pyiceberg's unpatched client: conflicts, transactions, what is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import requests
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import (
    CommitFailedException,
)
from pyiceberg.table import Table
from pyiceberg.table.update import SetPropertiesUpdate

from localcloud.services.iceberg.catalog_store import CatalogStore
from localcloud.services.iceberg.commits import Change, commit
from localcloud.services.iceberg.file_io import ObjectStore
from localcloud.services.iceberg.tables import Tables, create_request
from localcloud.settings import LocalCloud
from tests.localcloud.services.iceberg.speed import CATALOG, ONE, SCHEMA, SPEED, change, post, rows, url


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


def test_removing_a_property_that_is_not_set_is_no_error(catalog: RestCatalog, speed: Table) -> None:
    assert post(catalog, "speed", [], [{"action": "remove-properties", "removals": ["absent"]}]).status_code == 200


def test_commit_that_changes_nothing_keeps_the_metadata_file(catalog: RestCatalog, speed: Table) -> None:
    updates = [{"action": "assign-uuid", "uuid": str(speed.metadata.table_uuid)}]
    assert post(catalog, "speed", [], updates).json()["metadata-location"] == speed.metadata_location


def test_stale_append_conflicts_with_409(catalog: RestCatalog, speed: Table) -> None:
    speed.append(rows("a"))
    requirement = {"type": "assert-ref-snapshot-id", "ref": "main", "snapshot-id": None}
    answer = post(catalog, "speed", [requirement], [{"action": "set-properties", "updates": {"x": "1"}}])
    assert answer.status_code == 409
    assert answer.json()["error"]["type"] == "CommitFailedException"
    assert "x" not in catalog.load_table("drive_logs.speed").properties


def test_concurrent_property_commits_all_arrive(catalog: RestCatalog, speed: Table) -> None:
    writers = 8
    start = Barrier(writers)

    def write(number: int) -> int:
        start.wait()
        return post(catalog, "speed", [], [{"action": "set-properties", "updates": {f"p{number}": "1"}}]).status_code

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


@pytest.mark.parametrize(
    "update",
    [
        {"action": "set-current-schema", "schema-id": 77},
        {"action": "set-default-sort-order", "sort-order-id": 77},
        {"action": "upgrade-format-version", "format-version": 1},
    ],
)
def test_update_that_does_not_fit_is_refused(catalog: RestCatalog, speed: Table, update: dict[str, Any]) -> None:
    answer = post(catalog, "speed", [], [update])
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "BadRequestException"), answer.text


def test_new_table_without_a_schema_is_refused(catalog: RestCatalog, speed: Table) -> None:
    updates = [{"action": "set-location", "location": speed.location() + "2"}]
    answer = post(catalog, "fresh", [{"type": "assert-create"}], updates)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "BadRequestException"), answer.text
    assert not catalog.table_exists("drive_logs.fresh")


class Killed(BaseException):
    """Stands for the process's end."""


def test_end_between_metadata_write_and_swap_leaves_the_table_as_it_was(
    store: CatalogStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = ObjectStore(LocalCloud(home=tmp_path / "home"))
    root = f"file://{tmp_path}/lake"
    Tables(store, objects).create(CATALOG, root, "ns", create_request({"name": "one", "schema": SCHEMA}))
    before = store.location(ONE)
    changes = [Change(ONE, root, [], [SetPropertiesUpdate(updates={"x": "1"})])]

    def end(swaps: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(store, "swap", end)
        with pytest.raises(Killed):
            commit(store, objects, changes)
    assert store.location(ONE) == before
    assert len(list((tmp_path / "lake").rglob("*.metadata.json"))) == 2, "the new file was written before the swap"
    (staged,) = commit(store, objects, changes)
    assert (staged.old_location, staged.new.properties["x"]) == (before, "1")
