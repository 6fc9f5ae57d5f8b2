"""Published snapshots in memory, in the layout that publish writes."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import h3
import pyarrow
import pyarrow.parquet as parquet

from pipelines.serving.refresh import Refresher
from pipelines.snapshots import CURRENT, DRIVES, SCENARIOS, Manifest, TableContent, manifest_file, table_folder
from pipelines.storage import MissingObjectError, StoredObject

ADDRESS = "gs://serving/snapshots"
START = datetime(2026, 3, 1, 8, tzinfo=UTC)
CELLS = [h3.latlng_to_cell(37.77 + step / 100, -122.42, 9) for step in range(4)]


class MemoryStore:
    """Objects in memory as the service reads them, each write a new generation; names are relative to ADDRESS."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[int, bytes]] = {}
        self.fail = False

    def put(self, name: str, data: bytes) -> None:
        self.objects[name] = (self.objects.get(name, (0, b""))[0] + 1, data)

    def content(self, name: str) -> bytes:
        return self.objects[name][1]

    def stat(self, uri: str) -> StoredObject | None:
        if self.fail:
            raise ConnectionError("the bucket does not answer")
        generation, data = self.objects.get(uri.removeprefix(f"{ADDRESS}/"), (None, b""))
        return None if generation is None else StoredObject(uri, generation, len(data))

    def read(self, uri: str) -> bytes:
        try:
            return self.content(uri.removeprefix(f"{ADDRESS}/"))
        except KeyError:
            raise MissingObjectError(uri) from None


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
    store: MemoryStore, snapshot_id: str, drives: list[dict[str, Any]], scenarios: list[dict[str, Any]]
) -> None:
    """Publish a snapshot as the publish job does, one file a table."""
    tables: dict[str, TableContent] = {}
    for table, rows in ((DRIVES, drives), (SCENARIOS, scenarios)):
        store.put(f"{table_folder(snapshot_id, table)}/part-0.parquet", parquet_of(rows))
        files = [f"{table.name}/part-0.parquet"]
        tables[table.name] = TableContent(len(rows), [], list(table.sort), files, f"lake.{table.source}", 1)
    write_manifest(store, Manifest(snapshot_id, START.isoformat(), "run-1", tables))
    store.put(CURRENT, snapshot_id.encode())


def write_manifest(store: MemoryStore, manifest: Manifest) -> None:
    store.put(manifest_file(manifest.snapshot_id), manifest.to_json().encode())


def serving(store: MemoryStore) -> Refresher:
    """What a replica answers from, after its first look."""
    refresher = Refresher(store, ADDRESS)
    refresher.refresh()
    return refresher
