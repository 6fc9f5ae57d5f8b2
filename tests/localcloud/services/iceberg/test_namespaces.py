"""Namespaces through pyiceberg: one level, as in BigLake."""

from __future__ import annotations

import pytest
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import (
    NamespaceAlreadyExistsError,
    NamespaceNotEmptyError,
    NoSuchNamespaceError,
    NoSuchTableError,
    RESTError,
)
from pyiceberg.schema import Schema
from pyiceberg.types import LongType, NestedField


def test_namespaces(catalog: RestCatalog) -> None:
    catalog.create_namespace("scenarios", {"owner": "mining", "tier": "gold"})
    assert catalog.list_namespaces() == [("drive_logs",), ("scenarios",)]
    assert catalog.namespace_exists("scenarios")
    summary = catalog.update_namespace_properties("scenarios", {"tier", "absent"}, {"owner": "fleet"})
    assert (summary.removed, summary.missing, summary.updated) == (["tier"], ["absent"], ["owner"])
    assert catalog.load_namespace_properties("scenarios") == {"owner": "fleet"}
    with pytest.raises(NamespaceAlreadyExistsError):
        catalog.create_namespace("scenarios")
    catalog.drop_namespace("scenarios")
    assert not catalog.namespace_exists("scenarios")
    for missing in (catalog.drop_namespace, catalog.load_namespace_properties, catalog.list_tables):
        with pytest.raises(NoSuchNamespaceError):
            missing("scenarios")


def test_namespace_with_tables_is_not_dropped(catalog: RestCatalog) -> None:
    catalog.create_table("drive_logs.speed", Schema(NestedField(1, "x", LongType())))
    with pytest.raises(NamespaceNotEmptyError):
        catalog.drop_namespace("drive_logs")


def test_namespaces_have_one_level(catalog: RestCatalog) -> None:
    with pytest.raises(RESTError, match="one level"):
        catalog.create_namespace(("drive_logs", "deeper"))
    assert catalog.list_namespaces("drive_logs") == []


def test_a_table_below_a_table_is_no_table(catalog: RestCatalog) -> None:
    """Spark asks for `drive_logs.speed.snapshots` as a table before it takes it for a metadata table of one."""
    with pytest.raises(NoSuchTableError):
        catalog.load_table(("drive_logs", "speed", "snapshots"))
    assert not catalog.namespace_exists(("drive_logs", "speed"))
