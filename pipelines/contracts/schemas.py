"""Every other form of a table's schema, derived from the contract: Iceberg's fields, Arrow, JSON schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.contracts.model import Column, Table
from pipelines.contracts.types import TYPES

if TYPE_CHECKING:
    import pyarrow

FIRST_PARTITION_ID = 1000
"""Partition fields are numbered from here (Iceberg specification, partition specs)."""


def iceberg_fields(table: Table) -> list[dict[str, Any]]:
    """The columns as Iceberg fields {id, name, type, required, doc}; a field's id is its place, from 1."""
    return [
        {"id": place, "name": column.name, "type": column.type, "required": column.required, "doc": column.doc}
        for place, column in enumerate(table.columns, start=1)
    ]


def partition_fields(table: Table) -> list[dict[str, Any]]:
    """The partition spec as {name, transform, source_id, field_id}; empty if the table has none."""
    if table.partition is None:
        return []
    column, transform = table.partition.column, table.partition.transform
    name = column if transform == "identity" else f"{column}_{transform}"
    source_id = field_ids(table)[column]
    return [{"name": name, "transform": transform, "source_id": source_id, "field_id": FIRST_PARTITION_ID}]


def sort_fields(table: Table) -> list[dict[str, Any]]:
    """The sort order as {source_id, transform, direction, null_order}."""
    ids = field_ids(table)
    return [
        {"source_id": ids[name], "transform": "identity", "direction": "asc", "null_order": "nulls-first"}
        for name in table.sort
    ]


def field_ids(table: Table) -> dict[str, int]:
    """Column name -> Iceberg field id."""
    return {column.name: place for place, column in enumerate(table.columns, start=1)}


def arrow_schema(table: Table) -> pyarrow.Schema:
    """The Arrow schema; its fields carry Iceberg's ids, so that a Parquet file written with it does too."""
    import pyarrow as pa

    return pa.schema(
        pa.field(
            column.name,
            arrow_type(column),
            nullable=not column.required,
            metadata={b"PARQUET:field_id": str(field_id).encode()},
        )
        for field_id, column in enumerate(table.columns, start=1)
    )


def arrow_type(column: Column) -> pyarrow.DataType:
    """The Arrow type of one column; times are in microseconds, UTC."""
    import pyarrow as pa

    factory, *arguments = TYPES[column.type].arrow
    return getattr(pa, factory)(*arguments)


def json_schema(table: Table) -> dict[str, Any]:
    """The JSON schema of one message of the table's topic, as MCAP files carry it."""
    columns = {column.source: column for column in table.message_columns if column.source is not None}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": table.full_name,
        "description": table.doc,
        "type": "object",
        "properties": {source: _json_property(column) for source, column in columns.items()},
        "required": [source for source, column in columns.items() if column.required],
    }


def _json_property(column: Column) -> dict[str, Any]:
    value = {**TYPES[column.type].json, "description": column.doc}
    if not column.required:
        value["type"] = [value["type"], "null"]
    if column.enum:
        value["enum"] = list(column.enum) if column.required else [*column.enum, None]
    if not isinstance(column.minimum, str | None):
        value["minimum"] = column.minimum
    if not isinstance(column.maximum, str | None):
        value["maximum"] = column.maximum
    return value
