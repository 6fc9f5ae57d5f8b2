"""Published snapshots without Spark, in the layout that publish writes."""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import h3
import orjson
import pyarrow
import pyarrow.parquet as parquet

from pipelines.contracts.model import Column, Serve, Table
from pipelines.serving.local_files import LocalFiles
from pipelines.serving.refresh import Refresher
from pipelines.serving.snapshot import MappedShard, MappedTable
from pipelines.snapshots import database
from pipelines.snapshots.manifest import CURRENT, Manifest, Shard, TableVersion, manifest_file, version_folder
from pipelines.snapshots.parts import PART_BYTES
from pipelines.snapshots.served_table import ServedTable, served_table, shard_of
from pipelines.storage import MissingObjectError, StoredObject
from tests.pipelines.datasets import CONTRACTS

ADDRESS = "gs://serving/snapshots"
START = datetime(2026, 3, 1, 8, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CELLS = [h3.latlng_to_cell(37.77 + step / 100, -122.42, 9) for step in range(4)]

DRIVES = served_table(
    CONTRACTS.table("drive_logs.drives"), Serve("drives", ("drive_id", "vehicle_id"), ("start_time", "end_time"))
)
SCENARIOS = served_table(
    CONTRACTS.table("scenarios.scenarios"),
    Serve("scenarios", ("scenario_id", "drive_id", "kind"), ("start_time", "end_time"), "h3_cell"),
)
READINGS = served_table(
    Table(
        name="readings",
        namespace="tests",
        columns=(
            Column("sensor", "long", True, "Number of the sensor."),
            Column("day", "date", False, "Day of the reading."),
            Column("taken", "timestamptz", False, "When it was taken."),
            Column("good", "boolean", False, "Whether it is to be trusted."),
            Column("place", "int", False, "Where."),
            Column("value", "float", False, "What was read."),
        ),
        sort=("sensor",),
        doc="A table of numbers, with a key of each type.",
    ),
    Serve("readings", ("sensor", "day", "taken", "good", "place")),
)


class MemoryStore:
    """Objects in memory as the service reads them, each write a new generation; names are relative to ADDRESS."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[int, bytes]] = {}
        self.reads: list[str] = []
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
        if self.fail:
            raise ConnectionError("the bucket does not answer")
        self.reads.append(uri.removeprefix(f"{ADDRESS}/"))
        try:
            return self.content(self.reads[-1])
        except KeyError:
            raise MissingObjectError(uri) from None


class FolderStore:
    """The same in a folder, for a replica that reads file:// addresses."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, data: bytes) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def drive(drive_id: str, **changed: Any) -> dict[str, Any]:
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
    } | changed


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


def as_sent(row: dict[str, Any]) -> dict[str, Any]:
    """A row as its JSON has it."""
    return orjson.loads(body(row))


def body(row: dict[str, Any]) -> bytes:
    """A row as JSON: times in UTC, RFC 3339."""
    return orjson.dumps(row, option=orjson.OPT_UTC_Z)


def number(value: Any) -> Any:
    """A value as a database has it, see served_table.INTEGERS."""
    if isinstance(value, datetime):
        return (value - EPOCH) // timedelta(microseconds=1)
    if isinstance(value, date):
        return (value - EPOCH.date()).days
    return int(value) if isinstance(value, bool) else value


def key_text(value: Any) -> str:
    """A key as shard_of takes it."""
    return str(value).lower() if isinstance(value, bool) else str(number(value))


def in_order(table: ServedTable, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: ([number(row[name]) for name in table.order], body(row)))


def write_database(path: Path, table: ServedTable, rows: Iterable[dict[str, Any]]) -> None:
    """Write the database of a shard with these rows."""
    values = ((*(number(row[name]) for name in table.indexed), body(row)) for row in in_order(table, rows))
    database.write(path, table, values)


def database_of(table: ServedTable, rows: Iterable[dict[str, Any]]) -> bytes:
    """The same as bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shard.sqlite"
        write_database(path, table, rows)
        return path.read_bytes()


def rows_of_shard(table: ServedTable, rows: Iterable[dict[str, Any]], index: int, shards: int) -> list[dict[str, Any]]:
    return [row for row in rows if shard_of(key_text(row[table.key]), shards) == index]


def mapped(table: ServedTable, rows: Sequence[dict[str, Any]], shards: int, folder: Path) -> MappedTable:
    """A table as a replica has it, without anything published."""
    found: list[MappedShard] = []
    for index in range(shards):
        mine = rows_of_shard(table, rows, index, shards)
        path = folder / f"{table.name}-{shards}-{index}.sqlite"
        path.unlink(missing_ok=True)
        write_database(path, table, mine)
        found.append(MappedShard(path, table, len(mine)))
    return MappedTable(TableVersion(table, "0" * 32, (), "lake", None), tuple(found))


def parquet_of(data: bytes, places: Sequence[int] | None = None) -> bytes:
    """The parts of a database, or some of them, as a Parquet file."""
    count = -(-len(data) // PART_BYTES)
    parts = [(place, data[place * PART_BYTES : (place + 1) * PART_BYTES]) for place in places or range(count)]
    columns = {"place": [place for place, _ in parts], "data": [part for _, part in parts]}
    types = pyarrow.schema([("place", pyarrow.int64()), ("data", pyarrow.binary())])
    sink = io.BytesIO()
    parquet.write_table(pyarrow.table(columns, types), sink, compression="zstd")
    return sink.getvalue()


def publish_table(
    store: MemoryStore | FolderStore, table: ServedTable, rows: Sequence[dict[str, Any]], shards: int = 1
) -> TableVersion:
    """Publish a table, one Parquet file a shard; the same rows are the same version."""
    digest = hashlib.sha256(repr(table).encode())
    for row in in_order(table, rows):
        digest.update(body(row))
    version = hashlib.sha256(digest.digest() + bytes([shards])).hexdigest()[:32]
    found: list[Shard] = []
    for index in range(shards):
        mine = rows_of_shard(table, rows, index, shards)
        data = database_of(table, mine)
        name = f"shard={index}/part-0.parquet"
        store.put(f"{version_folder(table.name, version)}/{name}", parquet_of(data))
        found.append(Shard(len(mine), len(data), hashlib.sha256(data).hexdigest(), (name,)))
    return TableVersion(table, version, tuple(found), f"lake.{table.name}", 1)


def publish(
    store: MemoryStore | FolderStore,
    snapshot_id: str,
    rows: Sequence[tuple[ServedTable, Sequence[dict[str, Any]]]],
    shards: int = 1,
) -> Manifest:
    """Publish a snapshot, as the publish job does, and make it the current one."""
    tables = {table.name: publish_table(store, table, found, shards) for table, found in rows}
    manifest = Manifest(snapshot_id, START.isoformat(), "run-1", tables)
    write_manifest(store, manifest)
    store.put(CURRENT, snapshot_id.encode())
    return manifest


def write_manifest(store: MemoryStore | FolderStore, manifest: Manifest) -> None:
    store.put(manifest_file(manifest.snapshot_id), manifest.to_json().encode())


def change_shard(store: MemoryStore, manifest: Manifest, table: str, **changed: Any) -> None:
    """Let the manifest say something else of a table's first shard."""
    version = manifest.tables[table]
    shards = (replace(version.shards[0], **changed), *version.shards[1:])
    write_manifest(store, replace(manifest, tables={**manifest.tables, table: replace(version, shards=shards)}))


def refresh(refresher: Refresher) -> bool:
    """Look for a new snapshot as a running replica does; whether there was one."""
    found = refresher.look()
    if found is not None:
        refresher.swap(found)
        refresher.settle(found)
    return found is not None


def serving(store: MemoryStore, folder: Path) -> Refresher:
    """What a replica answers from, after its first look."""
    refresher = Refresher(store, ADDRESS, LocalFiles(folder))
    refresh(refresher)
    return refresher
