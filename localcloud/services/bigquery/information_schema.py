"""INFORMATION_SCHEMA.TABLES and COLUMNS of one dataset, as small tables."""

from __future__ import annotations

import datetime
from typing import Any

import pyarrow as pa

from localcloud.services.bigquery.sources import Rows
from localcloud.services.bigquery.types import sql_type

INFORMATION_SCHEMA = "INFORMATION_SCHEMA."
ARROW = {"STRING": pa.string(), "INTEGER": pa.int64(), "TIMESTAMP": pa.timestamp("us", "UTC")}
NAME = {"table_catalog": "STRING", "table_schema": "STRING", "table_name": "STRING"}
TABLES = NAME | {"table_type": "STRING", "is_insertable_into": "STRING", "creation_time": "TIMESTAMP"}
COLUMNS = NAME | {
    "column_name": "STRING",
    "ordinal_position": "INTEGER",
    "is_nullable": "STRING",
    "data_type": "STRING",
}


def tables_view(records: list[dict[str, Any]]) -> Rows:
    """One row a table."""
    return _rows(TABLES, [_name(record) | _table(record) for record in records])


def _table(record: dict[str, Any]) -> dict[str, Any]:
    created = datetime.datetime.fromtimestamp(int(record["creationTime"]) / 1000, datetime.UTC)
    return {"table_type": record["type"], "is_insertable_into": "NO", "creation_time": created}


def columns_view(records: list[dict[str, Any]]) -> Rows:
    """One row a column of each table; `records` with their schemas."""
    rows = []
    for record in records:
        for position, column in enumerate(record["schema"]["fields"], start=1):
            nullable = "NO" if column["mode"] == "REQUIRED" else "YES"
            described = {"column_name": column["name"], "ordinal_position": position, "is_nullable": nullable}
            rows.append(_name(record) | described | {"data_type": sql_type(column)})
    return _rows(COLUMNS, rows)


def _name(record: dict[str, Any]) -> dict[str, str]:
    reference = record["tableReference"]
    return dict(zip(NAME, (reference["projectId"], reference["datasetId"], reference["tableId"]), strict=True))


def _rows(columns: dict[str, str], rows: list[dict[str, Any]]) -> Rows:
    schema = pa.schema([(name, ARROW[kind]) for name, kind in columns.items()])
    fields = [{"name": name, "type": kind, "mode": "NULLABLE"} for name, kind in columns.items()]
    return Rows(fields, pa.Table.from_pylist(rows, schema))
