"""What a replica does about snapshots that are new, not there, or not whole."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.serving import metrics
from pipelines.serving.local_files import LocalFiles
from pipelines.serving.refresh import FIRST_WAIT_S, Refresher
from pipelines.serving.snapshot import SnapshotError
from pipelines.snapshots.manifest import CURRENT, manifest_file
from tests.pipelines.serving.client import Client, json
from tests.pipelines.serving.published import (
    ADDRESS,
    DRIVES,
    SCENARIOS,
    MemoryStore,
    change_shard,
    drive,
    parquet_of,
    publish,
    refresh,
    scenario,
    serving,
)

DEADLINE_S = 20


def next_one(store: MemoryStore) -> str:
    """Publish a second snapshot with another version of drives; returns the name of its file."""
    manifest = publish(store, "two", [(DRIVES, [drive("d3")]), (SCENARIOS, [scenario(0)])])
    version = manifest.tables["drives"]
    return f"{version.folder}/{version.shards[0].files[0]}"


def without_anything(store: MemoryStore) -> None:
    store.put(CURRENT, b"two")


def without_manifest(store: MemoryStore) -> None:
    next_one(store)
    del store.objects[manifest_file("two")]


def with_another_manifest(store: MemoryStore) -> None:
    next_one(store)
    store.put(manifest_file("two"), store.content(manifest_file("one")))


def with_half_a_manifest(store: MemoryStore) -> None:
    next_one(store)
    store.put(manifest_file("two"), store.content(manifest_file("two"))[:100])


def without_a_file(store: MemoryStore) -> None:
    del store.objects[next_one(store)]


def with_half_a_file(store: MemoryStore) -> None:
    name = next_one(store)
    store.put(name, store.content(name)[:-9])


def with_other_bytes(store: MemoryStore) -> None:
    store.put(next_one(store), parquet_of(b"something else"))


def with_other_columns(store: MemoryStore) -> None:
    manifest = publish(store, "two", [(DRIVES, [drive("d3")])])
    change_shard(store, manifest, "drives", rows=2)


BROKEN = [
    (without_anything, r"there is no .*/snapshots/two\.json"),
    (without_manifest, r"there is no .*/snapshots/two\.json"),
    (with_another_manifest, "the manifest of two is that of one"),
    (with_half_a_manifest, "not the manifest of a snapshot"),
    (without_a_file, "shard 0 of drives .*: shard=0/part-0.parquet is missing"),
    (with_half_a_file, "shard 0 of drives .*: shard=0/part-0.parquet has no parts"),
    (with_other_bytes, "shard 0 of drives .*: it has .* bytes with the SHA-256 .*, its manifest says"),
    (with_other_columns, "shard 0 of drives .*: it has 1 rows, its manifest says 2"),
]


@pytest.mark.parametrize(("break_it", "why"), BROKEN, ids=[one.__name__ for one, _ in BROKEN])
def test_a_snapshot_that_is_not_whole_keeps_the_old_one_until_it_is(
    store: MemoryStore, tmp_path: Path, break_it: Callable[[MemoryStore], None], why: str
) -> None:
    now = 0.0
    refresher = Refresher(store, ADDRESS, LocalFiles(tmp_path), clock=lambda: now)
    assert refresh(refresher)
    client = Client(refresher)
    break_it(store)
    for wait in (FIRST_WAIT_S, 2 * FIRST_WAIT_S, 4 * FIRST_WAIT_S):
        with pytest.raises(SnapshotError, match=f"^{why}[^\n]*$"):
            refresh(refresher)
        now += wait - 1
        seen = len(store.reads)
        assert not refresh(refresher)
        assert len(store.reads) == seen
        now += 1
    assert json(client.get("/v1/snapshot"))["snapshot_id"] == "one"
    assert client.get("/v1/drives/d1").status == 200
    next_one(store)
    assert refresh(refresher)
    assert json(client.get("/v1/snapshot"))["snapshot_id"] == "two"
    assert [path.name for path in tmp_path.glob("*/*/*")] == ["0.sqlite"] * 4


def test_a_replica_with_nothing_is_not_ready_and_says_why(store: MemoryStore, tmp_path: Path) -> None:
    """Until it is; failures are counted."""
    with_half_a_manifest(store)
    refresher = Refresher(store, ADDRESS, LocalFiles(tmp_path))
    client = Client(refresher)

    async def until(true: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not true():
                await asyncio.sleep(0)

    async def scene() -> None:
        before = metrics.REFRESH_FAILURES._value.get()
        running = asyncio.create_task(refresher.run(poll_seconds=0))
        await until(lambda: metrics.REFRESH_FAILURES._value.get() == before + 1)
        assert refresher.why_none.startswith("can't get a snapshot: not the manifest of a snapshot")
        next_one(store)
        await until(lambda: refresher.snapshot is not None)
        running.cancel()

    asyncio.run(scene())
    assert client.get("/readyz").status == 200


def test_a_new_snapshot_is_swapped_in_and_a_failed_look_keeps_the_old(store: MemoryStore, tmp_path: Path) -> None:
    refresher = serving(store, tmp_path)
    assert not refresh(refresher)
    client = Client(refresher)
    assert client.get("/v1/drives/d1").status == 200
    manifest = publish(store, "two", [(DRIVES, [drive("d3")])])
    store.fail = True
    with pytest.raises(ConnectionError):
        refresh(refresher)
    assert json(client.get("/v1/snapshot"))["snapshot_id"] == "one"
    store.fail = False
    assert refresh(refresher)
    assert json(client.get("/v1/snapshot")) == {
        "snapshot_id": "two",
        "created_at": manifest.created_at,
        "tables": {"drives": {"rows": 1, "version": manifest.tables["drives"].version}},
    }
    assert client.get("/v1/drives/d1").status == 404
    assert client.get("/v1/scenarios").status == 404
    assert b'serving_snapshot_rows{table="scenarios"}' not in client.get("/metrics").body


def test_a_table_that_did_not_change_is_not_fetched_again(store: MemoryStore, tmp_path: Path) -> None:
    refresher = serving(store, tmp_path)
    before = refresher.snapshot
    store.reads.clear()
    publish(store, "two", [(DRIVES, [drive("d1"), drive("d2")]), (SCENARIOS, [scenario(0)])])
    assert refresh(refresher)
    assert [name.split("/")[1] for name in store.reads if name.endswith(".parquet")] == ["scenarios"]
    assert before is not None
    assert refresher.snapshot is not None
    assert refresher.snapshot.tables["drives"] is before.tables["drives"]


def test_a_replica_that_starts_again_serves_what_it_has_before_it_asks(store: MemoryStore, tmp_path: Path) -> None:
    serving(store, tmp_path)
    store.fail = True
    again = Refresher(store, ADDRESS, LocalFiles(tmp_path))
    client = Client(again)
    assert json(client.get("/readyz")) == {"status": "ok", "snapshot_id": "one"}
    assert client.get("/v1/drives/d1").status == 200
    store.fail = False
    store.reads.clear()
    before = again.snapshot
    assert refresh(again)
    assert before is not None
    assert again.snapshot == before
    assert not refresh(again)
    assert not [name for name in store.reads if name.endswith(".parquet")]


@pytest.mark.parametrize("address", [ADDRESS, f"{ADDRESS}/"])
def test_objects_are_those_below_the_address(store: MemoryStore, tmp_path: Path, address: str) -> None:
    refresher = Refresher(store, address, LocalFiles(tmp_path / "here"))
    assert refresh(refresher)
    assert refresher.snapshot is not None
    assert refresher.snapshot.snapshot_id == "one"
    elsewhere = Refresher(store, "gs://serving", LocalFiles(tmp_path / "there"))
    assert refresh(elsewhere)
    assert not refresh(elsewhere)
    assert elsewhere.snapshot is not None
    assert elsewhere.snapshot.snapshot_id == "empty"
