"""The pointer store and a commit cut short: what no client can provoke from outside."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyiceberg.table.update import SetPropertiesUpdate

from localcloud.services.iceberg.commits import Change, commit
from localcloud.services.iceberg.errors import IcebergError
from localcloud.services.iceberg.file_io import ObjectStore
from localcloud.services.iceberg.pointers import PointerMoved, PointerStore, Swap, TableName
from localcloud.services.iceberg.tables import Tables, create_request
from localcloud.settings import LocalCloud

CATALOG = "projects/p/catalogs/lake"
SCHEMA = {"type": "struct", "fields": [{"id": 0, "name": "drive_id", "required": False, "type": "string"}]}
ONE, TWO = TableName(CATALOG, "ns", "one"), TableName(CATALOG, "ns", "two")


@pytest.fixture
def store(tmp_path: Path) -> PointerStore:
    made = PointerStore(tmp_path / "catalogs.sqlite")
    made.create_catalog(CATALOG, {})
    made.create_namespace(CATALOG, "ns", {})
    return made


def test_swaps_are_all_or_none(store: PointerStore) -> None:
    store.swap([Swap(ONE, None, "a"), Swap(TWO, None, "b")])
    with pytest.raises(PointerMoved):
        store.swap([Swap(ONE, "a", "a2"), Swap(TWO, "stale", "b2")])
    assert (store.location(ONE), store.location(TWO)) == ("a", "b")
    with pytest.raises(PointerMoved):
        store.swap([Swap(TWO, "b", "b2"), Swap(ONE, None, "again")])
    assert (store.location(ONE), store.location(TWO)) == ("a", "b")


def test_table_in_a_missing_namespace_is_a_404(store: PointerStore) -> None:
    with pytest.raises(IcebergError, match="Namespace does not exist: nowhere"):
        store.swap([Swap(TableName(CATALOG, "nowhere", "one"), None, "a")])


class Killed(BaseException):
    """Stands for the process's end."""


def test_end_between_metadata_write_and_swap_leaves_the_table_as_it_was(
    store: PointerStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
