"""Databases come from the bucket whole, or not at all, and stay as long as they may be needed."""

from __future__ import annotations

import errno
import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.serving import local_files
from pipelines.serving.local_files import LocalFiles, Read
from pipelines.serving.lookups import find
from pipelines.serving.search import Query
from pipelines.serving.snapshot import SnapshotError, Work
from pipelines.snapshots.manifest import Manifest
from tests.pipelines.serving.published import (
    DRIVES,
    SCENARIOS,
    MemoryStore,
    database_of,
    drive,
    parquet_of,
    publish,
    scenario,
)

SMALL = 4096
"""Bytes a part, so that a small database has many."""


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_files, "PART_BYTES", SMALL)
    monkeypatch.setattr("tests.pipelines.serving.published.PART_BYTES", SMALL)


def reading(store: MemoryStore) -> Read:
    return lambda name: store.read(f"gs://serving/snapshots/{name}")


def fetch(store: MemoryStore, folder: Path, manifest: Manifest) -> LocalFiles:
    files = LocalFiles(folder)
    files.fetch(manifest, reading(store))
    files.remember(manifest)
    return files


def databases(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder).parent.parent) for path in folder.glob("*/*/*.sqlite"))


@pytest.fixture
def one(store: MemoryStore) -> Manifest:
    return publish(store, "one", [(DRIVES, [drive("d1"), drive("d2")]), (SCENARIOS, [scenario(0)])], shards=2)


def test_a_shard_is_put_together_from_its_parts_in_any_order(store: MemoryStore, tmp_path: Path) -> None:
    rows = [drive(f"d{index}") for index in range(100)]
    manifest = publish(store, "one", [(DRIVES, rows)])
    version = manifest.tables["drives"]
    data = database_of(DRIVES, rows)
    count = -(-len(data) // SMALL)
    assert count > 4
    names = ("a.parquet", "b.parquet", "c.parquet")
    for name, places in zip(names, ([3, 1], list(range(count - 1, 3, -1)), [2, 0]), strict=True):
        store.put(f"{version.folder}/{name}", parquet_of(data, places))
    shard = replace(version.shards[0], files=names)
    manifest = replace(manifest, tables={"drives": replace(version, shards=(shard,))})
    fetch(store, tmp_path, manifest)
    assert (tmp_path / "drives" / version.version / "0.sqlite").read_bytes() == data


@pytest.mark.parametrize(
    ("places", "why"),
    [
        ([0, 2], "part 1 of .* is missing"),
        ([1, 2], "part 0 of .* is missing"),
        ([0, 1, 999], "it has a part 999 beyond its .* bytes"),
        ([0, 1, -1], "it has a part -1 beyond"),
    ],
)
def test_parts_that_are_not_all_are_refused(store: MemoryStore, tmp_path: Path, places: list[int], why: str) -> None:
    manifest = publish(store, "one", [(DRIVES, [drive("d1")])])
    version = manifest.tables["drives"]
    name = f"{version.folder}/{version.shards[0].files[0]}"
    data = database_of(DRIVES, [drive("d1")])
    store.put(name, parquet_of(data, places))
    with pytest.raises(SnapshotError, match=f"^shard 0 of drives {version.version}: {why}"):
        fetch(store, tmp_path, manifest)
    assert list(tmp_path.glob("*/*/*")) == []


def test_what_is_no_database_is_refused_and_not_kept(store: MemoryStore, tmp_path: Path, one: Manifest) -> None:
    """Though its digest is right."""
    version = one.tables["drives"]
    data = b"x" * 5000
    store.put(f"{version.folder}/{version.shards[0].files[0]}", parquet_of(data))
    changed = replace(version.shards[0], size=5000, sha256=hashlib.sha256(data).hexdigest())
    manifest = replace(one, tables={"drives": replace(version, shards=(changed,))})
    with pytest.raises(
        SnapshotError, match=r"^shard 0 of drives \w+: it is no database of drives: file is not a database$"
    ):
        fetch(store, tmp_path, manifest)
    assert list(tmp_path.glob("*/*/*")) == []


def test_a_full_disk_is_one_line(
    store: MemoryStore, tmp_path: Path, one: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    size = one.tables["drives"].shards[0].size
    with pytest.raises(SnapshotError, match=rf"^shard 0 of drives \w+ needs {size} bytes: {tmp_path} is full$"):
        fetch(store, tmp_path, one)
    assert list(tmp_path.glob("*/*/*")) == []


def test_what_is_here_is_not_fetched_again(store: MemoryStore, tmp_path: Path, one: Manifest) -> None:
    files = fetch(store, tmp_path, one)
    store.objects.clear()
    snapshot = files.fetch(one, reading(store))
    assert snapshot.tables["drives"].version.rows == 2
    (tmp_path / "drives" / one.tables["drives"].version / "1.sqlite").unlink()
    with pytest.raises(SnapshotError, match=r"shard 1 of drives \w+: shard=1/part-0.parquet is missing"):
        files.fetch(one, reading(store))


def test_versions_stay_as_long_as_the_current_or_the_last_snapshot_has_them(
    store: MemoryStore, tmp_path: Path, one: Manifest
) -> None:
    fetch(store, tmp_path, one)
    two = publish(store, "two", [(DRIVES, [drive("d3")])])
    fetch(store, tmp_path, two)
    assert databases(tmp_path) == ["drives", "drives", "drives", "scenarios", "scenarios"]
    fetch(store, tmp_path, two)
    assert databases(tmp_path) == ["drives", "drives", "drives", "scenarios", "scenarios"]
    fetch(store, tmp_path, publish(store, "three", [(DRIVES, [drive("d4")])]))
    assert databases(tmp_path) == ["drives", "drives"]


def test_a_version_stays_while_an_answer_may_read_it(store: MemoryStore, tmp_path: Path, one: Manifest) -> None:
    files = LocalFiles(tmp_path)
    manifests = [one, *(publish(store, name, [(DRIVES, [drive(name)])]) for name in ("two", "three", "four"))]
    running = files.fetch(one, reading(store))
    for manifest in manifests[:3]:
        files.fetch(manifest, reading(store))
        files.remember(manifest)
    assert find(running.tables["drives"], Query(), Work(100)).count == 2
    del running
    files.fetch(manifests[3], reading(store))
    files.remember(manifests[3])
    assert databases(tmp_path) == ["drives", "drives"]


def test_what_is_remembered_must_be_whole(store: MemoryStore, tmp_path: Path, one: Manifest) -> None:
    assert LocalFiles(tmp_path).remembered() is None
    fetch(store, tmp_path, one)
    found = LocalFiles(tmp_path).remembered()
    assert found is not None
    assert (found.snapshot_id, list(found.tables)) == ("one", ["drives", "scenarios"])
    database = tmp_path / "drives" / one.tables["drives"].version / "0.sqlite"
    database.write_bytes(b"x" * database.stat().st_size)
    assert LocalFiles(tmp_path).remembered() is None
    assert not database.exists()
    fetch(store, tmp_path, one)
    assert LocalFiles(tmp_path).remembered() is not None
    (tmp_path / local_files.CURRENT).write_bytes(b"{")
    assert LocalFiles(tmp_path).remembered() is None


def test_leftovers_of_a_killed_replica_are_removed(store: MemoryStore, tmp_path: Path, one: Manifest) -> None:
    fetch(store, tmp_path, one)
    leftover = tmp_path / "drives" / one.tables["drives"].version / f"{local_files.PARTIAL}x"
    leftover.write_bytes(b"half a shard")
    fetch(store, tmp_path, one)
    assert not leftover.exists()
