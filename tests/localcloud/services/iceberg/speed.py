"""The table of the tests, and the catalogue's REST protocol beside pyiceberg's client."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import requests
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import DoubleType, NestedField, StringType, TimestamptzType

from localcloud.services.iceberg.catalog_store import TableName

SPEED = Schema(
    NestedField(1, "drive_id", StringType(), required=True),
    NestedField(2, "timestamp", TimestamptzType(), required=True),
    NestedField(3, "speed_mps", DoubleType()),
)
BY_DRIVE = PartitionSpec(PartitionField(1, 1000, IdentityTransform(), "drive_id"))
ARROW = pa.schema(
    [
        pa.field("drive_id", pa.string(), nullable=False),
        pa.field("timestamp", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("speed_mps", pa.float64()),
    ]
)

CATALOG = "projects/p/catalogs/lake"
SCHEMA = {"type": "struct", "fields": [{"id": 0, "name": "drive_id", "required": False, "type": "string"}]}
ONE, TWO = TableName(CATALOG, "ns", "one"), TableName(CATALOG, "ns", "two")


def rows(drive: str, count: int = 2) -> pa.Table:
    records = [{"drive_id": drive, "timestamp": i * 86_400_000_000, "speed_mps": float(i)} for i in range(count)]
    return pa.Table.from_pylist(records, ARROW)


def url(catalog: RestCatalog, path: str) -> str:
    return f"{catalog.uri}/v1/{catalog.properties['prefix']}/{path}"


def post(catalog: RestCatalog, table: str, requirements: list[Any], updates: list[Any]) -> requests.Response:
    body = {"requirements": requirements, "updates": updates}
    return requests.post(url(catalog, f"namespaces/drive_logs/tables/{table}"), json=body, timeout=10)


def change(table: str, key: str, requirements: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """A change of one property, as a transaction has it."""
    return {
        "identifier": {"namespace": ["drive_logs"], "name": table},
        "requirements": requirements or [],
        "updates": [{"action": "set-properties", "updates": {key: "1"}}],
    }
