"""What the publish job wrote, as a replica finds it: files put together again, and opened."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipelines.contracts import Contracts
from pipelines.publish.main import Arguments
from pipelines.snapshots import database
from pipelines.snapshots.manifest import CURRENT, Manifest, TableVersion, manifest_file


def arguments(folder: Path, contracts: Contracts, run_id: str = "r1", **others: Any) -> Arguments:
    """A run's arguments: snapshots go below the folder, and the contracts lie beside them."""
    file = folder / "contracts.json"
    file.write_text(contracts.to_json())
    return Arguments("lake", file.as_uri(), output_of(folder).as_uri(), run_id, **others)


def output_of(folder: Path) -> Path:
    """Where the snapshots of a run with these arguments are."""
    return folder / "snapshots"


def manifest_of(output: Path, snapshot_id: str | None = None) -> Manifest:
    """The manifest of a snapshot; of the current one if none is named."""
    return Manifest.from_json((output / manifest_file(snapshot_id or (output / CURRENT).read_text())).read_text())


def bytes_of(output: Path, version: TableVersion, number: int) -> bytes:
    """A shard's database, checked against what its version says of it."""
    shard = version.shards[number]
    paths = [output / version.folder / file for file in shard.files]
    parts = [row for path in paths for row in pq.ParquetFile(path).read(["place", "data"]).to_pylist()]
    data = b"".join(part["data"] for part in sorted(parts, key=lambda part: part["place"]))
    assert (len(data), hashlib.sha256(data).hexdigest()) == (shard.size, shard.sha256)
    return data


@contextmanager
def opened(output: Path, version: TableVersion, number: int = 0) -> Iterator[sqlite3.Connection]:
    """A shard's database, opened as a replica opens it."""
    file = output.parent / f"{version.version}-{number}.database"
    file.write_bytes(bytes_of(output, version, number))
    with closing(database.connect(file)) as connection:
        yield connection


def rows_of(output: Path, version: TableVersion) -> list[list[dict[str, Any]]]:
    """The rows of each shard, in order."""
    shards = []
    for number, shard in enumerate(version.shards):
        with opened(output, version, number) as connection:
            found = connection.execute("SELECT _body FROM rows ORDER BY _place").fetchall()
        assert len(found) == shard.rows
        shards.append([json.loads(body) for (body,) in found])
    return shards
