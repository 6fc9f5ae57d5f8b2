"""Schemas by Iceberg's rules of evolution: https://iceberg.apache.org/spec/#schema-evolution"""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.providers.errors import ProviderError
from localcloud.providers.gcp.iceberg_schema import SchemaChange, incompatibilities, to_schema, to_sort_order, to_spec


def column(kind: str = "long", **changes: Any) -> dict[str, Any]:
    return {"id": 1, "name": "speed", "required": False, "type": kind, **changes}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("int", "long"),
        ("float", "double"),
        ("decimal(9, 2)", "decimal(18,2)"),
        ("timestamptz", "timestamptz"),
    ],
)
def test_a_type_can_widen(old: str, new: str) -> None:
    assert incompatibilities([column(old)], [column(new)]) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("long", "int"),
        ("int", "string"),
        ("double", "float"),
        ("decimal(18,2)", "decimal(9,2)"),
        ("decimal(9,2)", "decimal(18,3)"),
        ("timestamp", "timestamptz"),
    ],
)
def test_a_type_can_do_nothing_else(old: str, new: str) -> None:
    assert [str(failure) for failure in incompatibilities([column(old)], [column(new)])] == [
        f"schema.fields[0].type: column 'speed' cannot change from {old} to {new}"
    ]


def test_a_column_stays_optional_and_keeps_its_id() -> None:
    assert incompatibilities([column(required=True)], [column()]) == []
    assert [failure.path for failure in incompatibilities([column()], [column(required=True)])] == [
        "schema.fields[0].required"
    ]
    moved = incompatibilities([column()], [column(id=2)])
    assert [str(failure) for failure in moved] == [
        "schema.fields[0].id: column 'speed' exists with another id",
        "schema.fields: column 'speed' (id 1) is missing: columns can be added, not removed",
    ]


def test_partition_fields_count_from_1000() -> None:
    fields = [{"name": name, "sourceId": 1, "transform": "day"} for name in ("a", "b")]
    spec = to_spec({"fields": [fields[0], {**fields[1], "fieldId": 1007}]})
    assert (spec["spec-id"], [field["field-id"] for field in spec["fields"]]) == (0, [1000, 1007])
    order = {"sourceId": 1, "transform": "identity", "direction": "asc", "nullOrder": "nulls-first"}
    sent = {"source-id": 1, "transform": "identity", "direction": "asc", "null-order": "nulls-first"}
    assert to_sort_order({"fields": [order]}) == {"order-id": 1, "fields": [sent]}


def test_a_schema_is_sent_without_what_is_not_set() -> None:
    schema = to_schema({"fields": [column(doc=None)], "identifierFieldIds": [1]})
    assert schema == {"type": "struct", "schema-id": 0, "fields": [column()], "identifier-field-ids": [1]}


def change(*fields: dict[str, Any], last: int = 1) -> SchemaChange:
    old = {"type": "struct", "schema-id": 0, "fields": [column("int")]}
    current = {"type": "struct", "schema-id": 3, "fields": list(fields)}
    return SchemaChange({"schemas": [current, old], "current-schema-id": 3, "last-column-id": last})


def test_a_change_is_made_against_the_current_schema() -> None:
    added = column(id=2, name="heading")
    assert change(column()).updates({"fields": [column(doc="")]}) == []
    add, choose = change(column(), last=7).updates({"fields": [column(), added]})
    assert (add["schema"]["schema-id"], add["last-column-id"]) == (4, 7)
    assert add["schema"]["fields"] == [column(), added]
    assert choose == {"action": "set-current-schema", "schema-id": -1}
    with pytest.raises(ProviderError, match="cannot change from long to int"):
        change(column()).updates({"fields": [column("int")]})


def test_a_schema_is_seen_only_where_it_is_not_the_wanted_one() -> None:
    wanted = {"fields": [column()], "schemaId": 5}
    assert change(column()).seen(wanted) == {}
    wider = [column(), column(id=2, name="heading")]
    assert change(*wider).seen(wanted) == {"schema": {"type": "struct", "fields": wider, "schemaId": 5}}
