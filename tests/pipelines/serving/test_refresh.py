"""What a replica does about snapshots that are not there, not whole, or not what their manifest says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from pipelines.serving import metrics
from pipelines.serving.refresh import CURRENT, Refresher
from pipelines.serving.snapshot import SnapshotError
from tests.pipelines.serving.published import MemoryObjects, drive, parquet_of, publish, scenario

DEADLINE_S = 20


@pytest.fixture
def objects() -> MemoryObjects:
    objects = MemoryObjects()
    publish(objects, "one", [drive("d1")], [scenario(0)])
    return objects


def change_manifest(objects: MemoryObjects, snapshot_id: str, table: str, **changed: Any) -> None:
    name = f"{snapshot_id}/manifest.json"
    manifest = orjson.loads(objects.read(name))
    manifest["tables"][table] |= changed
    objects.put(name, orjson.dumps(manifest))


def test_only_the_files_of_the_manifest_are_read(objects: MemoryObjects) -> None:
    """A killed run can leave files beside those of the run that replaced it."""
    objects.put("one/drives/part-7-leftover.parquet", parquet_of([drive("d9")]))
    objects.put("one/scenarios/part-1.parquet", parquet_of([scenario(1)]))
    change_manifest(objects, "one", "scenarios", rows=2, files=["scenarios/part-0.parquet", "scenarios/part-1.parquet"])
    refresher = Refresher(objects)
    assert refresher.refresh()
    assert refresher.snapshot is not None
    assert refresher.snapshot.counts == {"drives": 1, "scenarios": 2}


def test_rows_must_be_as_many_as_the_manifest_says(objects: MemoryObjects) -> None:
    change_manifest(objects, "one", "scenarios", rows=5)
    with pytest.raises(SnapshotError, match=r"^one: scenarios has 1 rows, its manifest says 5$"):
        Refresher(objects).refresh()


def without_anything(objects: MemoryObjects) -> None:
    objects.put(CURRENT, b"two")


def without_manifest(objects: MemoryObjects) -> None:
    publish(objects, "two", [drive("d2")], [])
    del objects.objects["two/manifest.json"]


def without_a_file(objects: MemoryObjects) -> None:
    publish(objects, "two", [drive("d2")], [])
    del objects.objects["two/drives/part-0.parquet"]


def with_half_a_file(objects: MemoryObjects) -> None:
    publish(objects, "two", [drive("d2")], [])
    objects.put("two/drives/part-0.parquet", objects.read("two/drives/part-0.parquet")[:-9])


@pytest.mark.parametrize("break_it", [without_anything, without_manifest, without_a_file, with_half_a_file])
def test_a_snapshot_that_is_not_whole_keeps_the_old_one_until_it_is(
    objects: MemoryObjects, break_it: Callable[[MemoryObjects], None]
) -> None:
    refresher = Refresher(objects)

    def held() -> str | None:
        return refresher.snapshot.snapshot_id if refresher.snapshot else None

    async def until(true: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not true():
                await asyncio.sleep(0)

    async def scene() -> None:
        running = asyncio.create_task(refresher.run(poll_seconds=0))
        await until(lambda: held() == "one")
        failures = metrics.REFRESH_FAILURES._value.get()
        break_it(objects)
        await until(lambda: metrics.REFRESH_FAILURES._value.get() >= failures + 2)
        assert held() == "one"
        publish(objects, "two", [drive("d2")], [])
        await until(lambda: held() == "two")
        running.cancel()

    asyncio.run(scene())
