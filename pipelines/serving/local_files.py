"""The databases on a replica's own disk.

    <folder>/current.json                     the manifest that was served last; previous.json: the one before it
    <folder>/<table>/<version>/<n>.sqlite     shard n of a version, which has this name since its SHA-256 was right

So a replica that starts again serves what it has, before it asks the bucket for anything.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from weakref import WeakValueDictionary

from pipelines.serving.snapshot import MappedShard, MappedTable, Snapshot, SnapshotError
from pipelines.snapshots.manifest import Manifest, ManifestError, Shard, TableVersion
from pipelines.snapshots.parts import PART_BYTES
from pipelines.storage import MissingObjectError

CURRENT, PREVIOUS = "current.json", "previous.json"
FETCHED_AT_ONCE = 4
"""Shards. Of each, one Parquet file is in memory."""
FULL = (errno.ENOSPC, errno.EDQUOT)
PARTIAL = ".part-"
"""Begins the name of a file that is being written."""
PARTS_AT_ONCE = 16

Read = Callable[[str], bytes]
"""Gives the content of an object by its name in a snapshot's layout."""


class LocalFiles:
    """The folder of one replica."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._in_use: WeakValueDictionary[Path, MappedTable] = WeakValueDictionary()

    def remembered(self) -> Snapshot | None:
        """The snapshot that was served last, if all of it is here. None of it is read."""
        try:
            return self._snapshot(Manifest.from_json((self._folder / CURRENT).read_bytes()))
        except (OSError, ManifestError, SnapshotError):
            return None

    def fetch(self, manifest: Manifest, read: Read) -> Snapshot:
        """Fetch what is not here, and map what is not mapped yet.

        SnapshotError for a snapshot that is damaged, or for which there is no room.
        """
        versions = manifest.tables.values()
        missing = [
            (version, number)
            for version in versions
            for number, shard in enumerate(version.shards)
            if not _is_here(self._path(version, number), shard)
        ]
        with ThreadPoolExecutor(FETCHED_AT_ONCE, "fetch") as threads:
            # The first error in their order is raised, and what was not begun is not begun any more.
            list(threads.map(lambda one: self._fetch(one[0], one[1], read), missing))
        return self._snapshot(manifest)

    def remember(self, manifest: Manifest) -> None:
        """Serve this one after a restart, and remove the versions that neither it nor the one before it has.

        A version that an answer under way may still have to open stays until the next time.
        """
        current, previous = self._folder / CURRENT, self._folder / PREVIOUS
        text = manifest.to_json().encode()
        if not current.exists() or current.read_bytes() != text:
            if current.exists():
                current.replace(previous)
            _write(current, lambda file: file.write(text))
        kept = {*self._in_use, *(self._folder_of(version) for version in manifest.tables.values())}
        if previous.exists():
            before = Manifest.from_json(previous.read_bytes())
            kept |= {self._folder_of(version) for version in before.tables.values()}
        for folder in set(self._folder.glob("*/*/")) - kept:
            shutil.rmtree(folder)
        for leftover in self._folder.rglob(f"{PARTIAL}*"):
            leftover.unlink()

    def _folder_of(self, version: TableVersion) -> Path:
        return self._folder / version.table.name / version.version

    def _path(self, version: TableVersion, number: int) -> Path:
        return self._folder_of(version) / f"{number}.sqlite"

    def _snapshot(self, manifest: Manifest) -> Snapshot:
        tables = {
            name: self._in_use.get(self._folder_of(one)) or self._mapped(one) for name, one in manifest.tables.items()
        }
        return Snapshot(manifest.snapshot_id, manifest.created_at, tables)

    def _mapped(self, version: TableVersion) -> MappedTable:
        shards: list[MappedShard] = []
        for number, shard in enumerate(version.shards):
            path = self._path(version, number)
            if not _is_here(path, shard):
                raise SnapshotError(f"{_name(version, number)} is not here")
            try:
                shards.append(MappedShard(path, version.table, shard.rows))
            except SnapshotError as error:
                path.unlink()
                raise SnapshotError(f"{_name(version, number)}: {error}") from error
        table = self._in_use[self._folder_of(version)] = MappedTable(version, tuple(shards))
        return table

    def _fetch(self, version: TableVersion, number: int, read: Read) -> None:
        path, shard = self._path(version, number), version.shards[number]
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, lambda file: _assemble(file, shard, _contents(version, shard, read)))
        except SnapshotError as error:
            raise SnapshotError(f"{_name(version, number)}: {error}") from error
        except OSError as error:
            if error.errno not in FULL:
                raise
            raise SnapshotError(f"{_name(version, number)} needs {shard.size} bytes: {self._folder} is full") from error


def _name(version: TableVersion, number: int) -> str:
    return f"shard {number} of {version.table.name} {version.version}"


def _is_here(path: Path, shard: Shard) -> bool:
    try:
        return path.stat().st_size == shard.size
    except FileNotFoundError:
        return False


def _write(path: Path, write: Callable[[Any], object]) -> None:
    """Write a file that gets its name when all of it is on the disk."""
    with NamedTemporaryFile(dir=path.parent, prefix=PARTIAL, delete=False) as file:
        try:
            write(file)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink()
            raise


def _contents(version: TableVersion, shard: Shard, read: Read) -> Iterator[tuple[int, Any]]:
    """The parts of a shard as (place, bytes), in any order."""
    # Not above: a replica that finds all files here starts without it.
    import pyarrow
    import pyarrow.parquet

    for name in shard.files:
        try:
            file = pyarrow.parquet.ParquetFile(BytesIO(read(f"{version.folder}/{name}")))
            for batch in file.iter_batches(PARTS_AT_ONCE, columns=["place", "data"]):
                for place, data in zip(batch["place"], batch["data"], strict=True):
                    yield place.as_py(), data.as_buffer()
        except MissingObjectError:
            raise SnapshotError(f"{name} is missing") from None
        except (pyarrow.ArrowException, OSError, KeyError, TypeError) as error:
            raise SnapshotError(f"{name} has no parts: {error}") from error


def _assemble(file: Any, shard: Shard, parts: Iterator[tuple[int, Any]]) -> None:
    """Put each part at its place; SnapshotError if the whole is not what its manifest says."""
    count = -(-shard.size // PART_BYTES)
    missing = set(range(count))
    for place, data in parts:
        if place not in range(count):
            raise SnapshotError(f"it has a part {place} beyond its {shard.size} bytes")
        file.seek(place * PART_BYTES)
        file.write(data)
        missing.discard(place)
    if missing:
        raise SnapshotError(f"part {min(missing)} of {count} is missing")
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    if (size := file.tell()) != shard.size or digest != shard.sha256:
        expected = f"{shard.size} bytes with the SHA-256 {shard.sha256}"
        raise SnapshotError(f"it has {size} bytes with the SHA-256 {digest}, its manifest says {expected}")
