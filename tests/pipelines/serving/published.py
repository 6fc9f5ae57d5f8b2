"""Published snapshots in memory, in the layout that publish writes."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import h3
import orjson
import pyarrow
import pyarrow.parquet as parquet

from pipelines.serving.refresh import CURRENT

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
CELLS = [h3.latlng_to_cell(37.77 + step / 100, -122.42, 9) for step in range(4)]


class MemoryObjects:
    """Published objects in memory, each write a new generation."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[int, bytes]] = {}
        self.fail = False

    def put(self, name: str, data: bytes) -> None:
        self.objects[name] = (self.objects.get(name, (0, b""))[0] + 1, data)

    def generation(self, name: str) -> int | None:
        if self.fail:
            raise ConnectionError("the bucket does not answer")
        return self.objects[name][0] if name in self.objects else None

    def read(self, name: str) -> bytes:
        return self.objects[name][1]


def drive(drive_id: str) -> dict[str, Any]:
    return {
        "drive_id": drive_id,
        "vehicle_id": "v1",
        "source_uri": f"gs://landing/{drive_id}.mcap",
        "source_sha256": "0" * 64,
        "start_time": START,
        "end_time": START + timedelta(minutes=1),
        "duration_s": 60.0,
        "message_count": 100,
        "software_version": "1.0",
    }


def scenario(index: int, drive_id: str = "d1", kind: str = "hard_brake") -> dict[str, Any]:
    start = START + timedelta(seconds=index)
    return {
        "scenario_id": f"s{index:04d}",
        "drive_id": drive_id,
        "kind": kind,
        "start_time": start,
        "end_time": start + timedelta(seconds=2),
        "duration_s": 2.0,
        "peak_value": -4.5,
        "latitude_deg": 37.77,
        "longitude_deg": -122.42,
        "h3_cell": CELLS[index % len(CELLS)],
    }


def parquet_of(rows: list[dict[str, Any]]) -> bytes:
    sink = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(rows), sink)
    return sink.getvalue()


def publish(
    objects: MemoryObjects, snapshot_id: str, drives: list[dict[str, Any]], scenarios: list[dict[str, Any]]
) -> None:
    """Publish a snapshot in the layout of the publish job, one file a table."""
    tables: dict[str, Any] = {}
    for table, rows in (("drives", drives), ("scenarios", scenarios)):
        objects.put(f"{snapshot_id}/{table}/part-0.parquet", parquet_of(rows))
        tables[table] = {"rows": len(rows), "files": [f"{table}/part-0.parquet"]}
    objects.put(f"{snapshot_id}/manifest.json", orjson.dumps({"snapshot_id": snapshot_id, "tables": tables}))
    objects.put(CURRENT, snapshot_id.encode())
