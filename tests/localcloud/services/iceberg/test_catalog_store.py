"""Catalogs, namespaces and pointers in SQLite: what no client can provoke from outside."""

from __future__ import annotations

import pytest

from localcloud.services.iceberg.catalog_store import CatalogStore, PointerMoved, Swap, TableName
from localcloud.services.iceberg.errors import IcebergError
from tests.localcloud.services.iceberg.speed import CATALOG, ONE, TWO


def test_swaps_are_all_or_none(store: CatalogStore) -> None:
    store.swap([Swap(ONE, None, "a"), Swap(TWO, None, "b")])
    with pytest.raises(PointerMoved):
        store.swap([Swap(ONE, "a", "a2"), Swap(TWO, "stale", "b2")])
    assert (store.location(ONE), store.location(TWO)) == ("a", "b")
    with pytest.raises(PointerMoved):
        store.swap([Swap(TWO, "b", "b2"), Swap(ONE, None, "again")])
    assert (store.location(ONE), store.location(TWO)) == ("a", "b")


def test_table_in_a_missing_namespace_is_a_404(store: CatalogStore) -> None:
    with pytest.raises(IcebergError, match="Namespace does not exist: nowhere"):
        store.swap([Swap(TableName(CATALOG, "nowhere", "one"), None, "a")])


def test_a_kept_pointer_is_seen_by_another_process_on_the_file(store: CatalogStore) -> None:
    store.swap([Swap(ONE, None, "a")])
    other = CatalogStore(store.path)
    assert (other.location(ONE), other.tables(CATALOG, "ns")) == ("a", ["one"])
    with pytest.raises(IcebergError, match="Namespace is not empty: ns"):
        other.drop_namespace(CATALOG, "ns")
    assert other.drop_table(ONE) == "a"
    assert store.location(ONE) is None


def test_a_rename_takes_no_other_tables_name(store: CatalogStore) -> None:
    store.swap([Swap(ONE, None, "a"), Swap(TWO, None, "b")])
    with pytest.raises(IcebergError, match=r"Table ns\.two already exists"):
        store.rename_table(ONE, TWO)
    store.drop_table(TWO)
    store.rename_table(ONE, TWO)
    assert (store.location(ONE), store.location(TWO)) == (None, "a")
