"""Schemas, partition specs and sort orders from Pulumi's spelling to Iceberg's, and which schema changes are safe."""

from __future__ import annotations

import re
from typing import Any

from localcloud.providers.errors import Failure, ProviderError

PROMOTIONS = {("int", "long"), ("float", "double")}
"""Type changes that every reader of old files understands (Iceberg specification, schema evolution)."""

Field = dict[str, Any]


def to_schema(schema: dict[str, Any], schema_id: int | None = None) -> dict[str, Any]:
    """A schema as Iceberg's REST protocol wants it."""
    chosen = schema.get("schemaId", 0) if schema_id is None else schema_id
    fields = [{key: value for key, value in field.items() if value is not None} for field in schema["fields"]]
    result = {"type": "struct", "schema-id": chosen, "fields": fields}
    if schema.get("identifierFieldIds"):
        result["identifier-field-ids"] = schema["identifierFieldIds"]
    return result


def to_spec(spec: dict[str, Any]) -> dict[str, Any]:
    """A partition spec; field ids count from 1000 unless given, as in Iceberg."""
    fields = [
        {
            "name": field["name"],
            "source-id": field["sourceId"],
            "transform": field["transform"],
            "field-id": field.get("fieldId", 1000 + index),
        }
        for index, field in enumerate(spec["fields"])
    ]
    return {"spec-id": spec.get("specId", 0), "fields": fields}


def to_sort_order(order: dict[str, Any]) -> dict[str, Any]:
    fields = [
        {
            "source-id": field["sourceId"],
            "transform": field["transform"],
            "direction": field["direction"],
            "null-order": field["nullOrder"],
        }
        for field in order["fields"]
    ]
    return {"order-id": order.get("orderId", 1), "fields": fields}


def incompatibilities(old: list[Field], new: list[Field]) -> list[Failure]:
    """What of a schema change would break data or readers; empty if it only adds or widens."""
    by_id = {field["id"]: field for field in old}
    failures = [
        Failure(f"schema.fields[{index}].{key}", reason)
        for index, field in enumerate(new)
        for key, reason in _field_problems(by_id.get(field["id"]), field, old)
    ]
    kept = {field["id"] for field in new}
    for field in old:
        if field["id"] not in kept:
            reason = f"column {field['name']!r} (id {field['id']}) is missing: columns can be added, not removed"
            failures.append(Failure("schema.fields", reason))
    return failures


def _field_problems(old: Field | None, new: Field, olds: list[Field]) -> list[tuple[str, str]]:
    name = new["name"]
    if old is None:
        problems = []
        if new.get("required"):
            problems.append(("required", f"new column {name!r} must not be required: old rows have no value for it"))
        if any(other["name"] == name for other in olds):
            problems.append(("id", f"column {name!r} exists with another id"))
        return problems
    problems = []
    if old["name"] != name:
        problems.append(("name", f"column {old['name']!r} cannot become {name!r}: add a column with a new id instead"))
    if old["type"] != new["type"] and not _widens(old["type"], new["type"]):
        problems.append(("type", f"column {name!r} cannot change from {old['type']} to {new['type']}"))
    if new.get("required") and not old.get("required"):
        problems.append(("required", f"column {name!r} cannot become required: old rows may have no value for it"))
    return problems


def _widens(old: str, new: str) -> bool:
    if (old, new) in PROMOTIONS:
        return True
    before, after = (re.fullmatch(r"decimal\((\d+),\s*(\d+)\)", text) for text in (old, new))
    return bool(before and after and before[2] == after[2] and int(after[1]) >= int(before[1]))


class SchemaChange:
    """A table's current schema, and how to get from it to a wanted one."""

    def __init__(self, metadata: dict[str, Any]) -> None:
        self.metadata = metadata
        wanted = metadata["current-schema-id"]
        self.current = next(schema for schema in metadata["schemas"] if schema["schema-id"] == wanted)

    def updates(self, schema: dict[str, Any]) -> list[dict[str, Any]]:
        """The commit's updates; none if the schema is the wanted one. Errors: ProviderError if it can't get there."""
        fields = to_schema(schema)["fields"]
        if [_comparable(field) for field in fields] == [_comparable(field) for field in self.current["fields"]]:
            return []
        problems = incompatibilities(self.current["fields"], fields)
        if problems:
            raise ProviderError("; ".join(map(str, problems)))
        new_id = max(item["schema-id"] for item in self.metadata["schemas"]) + 1
        last_column = max(self.metadata["last-column-id"], *(field["id"] for field in fields))
        add = {"action": "add-schema", "schema": to_schema(schema, new_id), "last-column-id": last_column}
        return [add, {"action": "set-current-schema", "schema-id": -1}]

    def seen(self, wanted: dict[str, Any] | None) -> dict[str, Any]:
        """The schema as the program would write it, if it is another than the program wrote."""
        fields = self.current["fields"]
        if wanted and [_comparable(field) for field in wanted["fields"]] == [_comparable(field) for field in fields]:
            return {}
        return {"schema": {"type": "struct", **(wanted or {}), "fields": fields}}


def _comparable(field: Field) -> tuple[Any, ...]:
    return tuple(field.get(key) or None for key in ("id", "name", "type", "required", "doc"))
