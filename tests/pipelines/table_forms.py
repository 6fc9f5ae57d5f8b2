"""A contract's table as pyiceberg and Spark take it: tests make their tables of these, as the stack makes its own."""

from __future__ import annotations

from typing import Any

from pyiceberg.partitioning import PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table.sorting import SortOrder

from pipelines.contracts import Table
from pipelines.contracts.schemas import arrow_schema, iceberg_fields, partition_fields, sort_fields


def iceberg_schema(table: Table) -> Schema:
    """The pyiceberg schema."""
    return Schema.model_validate({"type": "struct", "fields": iceberg_fields(table)})


def iceberg_partition_spec(table: Table) -> PartitionSpec:
    """The pyiceberg partition spec (unpartitioned if the table has none)."""
    return PartitionSpec.model_validate({"spec-id": 0, "fields": dashed(partition_fields(table))})


def iceberg_sort_order(table: Table) -> SortOrder:
    """The pyiceberg sort order (unsorted if the table has none)."""
    fields = dashed(sort_fields(table))
    return SortOrder.model_validate({"order-id": 1 if fields else 0, "fields": fields})


def dashed(fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Fields with their keys as Iceberg's JSON spells them."""
    return [{key.replace("_", "-"): value for key, value in field.items()} for field in fields]


def spark_ddl(table: Table) -> str:
    """The columns as Spark's schema text: `drive_id STRING NOT NULL, ...`."""
    from pyspark.sql.pandas.types import from_arrow_type

    return ", ".join(
        f"{field.name} {from_arrow_type(field.type).simpleString().upper()}{'' if field.nullable else ' NOT NULL'}"
        for field in arrow_schema(table)
    )
