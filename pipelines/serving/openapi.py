"""What a replica offers, as OpenAPI: https://spec.openapis.org/oas/v3.1.0.html"""

from __future__ import annotations

from typing import Any

from pipelines.contracts.types import TYPES
from pipelines.serving.batches import MOST_KEYS
from pipelines.serving.lookup_routes import BATCH, related
from pipelines.serving.parameters import DEFAULT_LIMIT, LARGEST_LIMIT, names
from pipelines.serving.representations import ARROW_TYPE
from pipelines.serving.snapshot import Snapshot
from pipelines.snapshots.served_table import ServedTable

JSON_TYPE = "application/json"
TIME = {"type": "string", "format": "date-time"}
DESCRIPTIONS = {
    "start": "Rows whose time does not end before this.",
    "end": "Rows whose time does not begin after this.",
    "limit": "Rows at most.",
    "cursor": "`next_cursor` of the page before.",
}
STATUS = {
    "200": "Rows.",
    "304": "Not modified.",
    "404": "No such row.",
    "405": "No such method.",
    "422": "A bad request.",
}

Document = dict[str, Any]


def description(snapshot: Snapshot) -> Document:
    """The document of a snapshot's tables."""
    tables = [mapped.table for mapped in snapshot.tables.values()]
    paths = {path: item for table in tables for path, item in _paths(table).items()}
    for table in tables:
        for other in tables:
            if related(table, other):
                paths |= _related_path(table, other)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Roadbed serving", "version": "1"},
        "paths": paths | _operations(),
        "components": {"schemas": {**_shared_schemas(), **{table.name: _row(table) for table in tables}}},
    }


def _paths(table: ServedTable) -> Document:
    key = f"/v1/{table.name}/{{{table.key}}}"
    return {
        f"/v1/{table.name}": {"get": _get(table, f"find_{table.name}", table.doc, (), ())},
        key: {"get": _get(table, f"get_{table.name}", f"Rows by {table.key}.", (table.key,), (table.key,))},
        f"/v1/{table.name}{BATCH}": {"post": _batch(table)},
    }


def _related_path(table: ServedTable, other: ServedTable) -> Document:
    summary = f"The {other.name} of one of the {table.name}."
    get = _get(other, f"get_{table.name}_{other.name}", summary, (table.key,), (table.key,))
    return {f"/v1/{table.name}/{{{table.key}}}/{other.name}": {"get": get}}


def _get(table: ServedTable, operation: str, summary: str, path: tuple[str, ...], given: tuple[str, ...]) -> Document:
    in_path = [{"name": name, "in": "path", "required": True, **_column(table, name)} for name in path]
    in_query = [{"name": name, "in": "query", **_parameter(table, name)} for name in names(table, given)]
    page = {
        "type": "object",
        "required": [table.name, "next_cursor"],
        "properties": {table.name: _rows(table), "next_cursor": {"type": ["string", "null"]}},
    }
    return {
        "operationId": operation,
        "summary": summary,
        "parameters": [*in_path, *in_query],
        "responses": _responses(page, "304", *(["404"] if path else []), "422"),
    }


def _batch(table: ServedTable) -> Document:
    result = {
        "type": "object",
        "required": ["key", table.name],
        "properties": {"key": {}, table.name: _rows(table)},
    }
    body = {
        "type": "object",
        "required": ["keys"],
        "additionalProperties": False,
        "properties": {
            "by": {"enum": list(table.by), "default": table.key},
            "keys": {"type": "array", "maxItems": MOST_KEYS},
            "limit": {**_parameter(table, "limit")["schema"], "description": "Rows a key at most."},
        },
    }
    results = {"type": "object", "required": ["results"], "properties": {"results": {"type": "array", "items": result}}}
    return {
        "operationId": f"batch_get_{table.name}",
        "summary": f"{table.name} by many values, in the order asked.",
        "requestBody": {"required": True, "content": {JSON_TYPE: {"schema": body}}},
        "responses": _responses(results, "422"),
    }


def _responses(schema: Document, *others: str) -> Document:
    content = {JSON_TYPE: {"schema": schema}, ARROW_TYPE.decode(): {}}
    refusal = {JSON_TYPE: {"schema": {"$ref": "#/components/schemas/refusal"}}}
    found: Document = {"200": {"description": STATUS["200"], "content": content}}
    for status in others:
        found[status] = {"description": STATUS[status], **({} if status == "304" else {"content": refusal})}
    return found


def _rows(table: ServedTable) -> Document:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{table.name}"}}


def _row(table: ServedTable) -> Document:
    """A row as it is sent: all of its columns, null where one has no value."""
    properties = {}
    for one in table.columns:
        schema = dict(TYPES[one.type].json)
        if not one.required:
            schema["type"] = [schema["type"], "null"]
        properties[one.name] = {**schema, **({"description": one.doc} if one.doc else {})}
    return {"type": "object", "description": table.doc, "required": list(properties), "properties": properties}


def _column(table: ServedTable, name: str) -> Document:
    doc = {one.name: one.doc for one in table.columns}[name]
    return {"description": doc, "schema": TYPES[table.type_of(name)].json}


def _parameter(table: ServedTable, name: str) -> Document:
    if name not in DESCRIPTIONS:
        return _column(table, name)
    schema: Document = {"type": "string"}
    if name in ("start", "end"):
        schema = TIME
    if name == "limit":
        schema = {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "default": DEFAULT_LIMIT}
    return {"description": DESCRIPTIONS[name], "schema": schema}


def _shared_schemas() -> Document:
    refusal = {"type": "object", "required": ["detail"], "properties": {"detail": {"type": "string"}}}
    return {"refusal": refusal}


def _operations() -> Document:
    """The paths that are there whatever is served."""
    summaries = {
        "/healthz": "Whether the replica runs.",
        "/readyz": "Whether it can answer.",
        "/v1/snapshot": "What it answers from.",
    }
    content = {JSON_TYPE: {"schema": {"type": "object"}}}
    return {
        path: {"get": {"summary": summary, "responses": {"200": {"description": summary, "content": content}}}}
        for path, summary in summaries.items()
    }
