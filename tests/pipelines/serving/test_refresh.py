"""What a replica does about snapshots that are new, not there, or not whole."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from pipelines.serving import metrics
from pipelines.serving.app import create_app
from pipelines.serving.refresh import Refresher
from pipelines.snapshots import CURRENT, manifest_file
from tests.pipelines.serving.conftest import NEVER
from tests.pipelines.serving.published import ADDRESS, MemoryStore, drive, publish

DEADLINE_S = 20


def without_anything(store: MemoryStore) -> None:
    store.put(CURRENT, b"two")


def without_manifest(store: MemoryStore) -> None:
    publish(store, "two", [drive("d2")], [])
    del store.objects[manifest_file("two")]


def without_a_file(store: MemoryStore) -> None:
    publish(store, "two", [drive("d2")], [])
    del store.objects["two/drives/part-0.parquet"]


def with_half_a_file(store: MemoryStore) -> None:
    publish(store, "two", [drive("d2")], [])
    store.put("two/drives/part-0.parquet", store.content("two/drives/part-0.parquet")[:-9])


@pytest.mark.parametrize("break_it", [without_anything, without_manifest, without_a_file, with_half_a_file])
def test_a_snapshot_that_is_not_whole_keeps_the_old_one_until_it_is(
    store: MemoryStore, break_it: Callable[[MemoryStore], None]
) -> None:
    refresher = Refresher(store, ADDRESS)

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
        break_it(store)
        await until(lambda: metrics.REFRESH_FAILURES._value.get() >= failures + 2)
        assert held() == "one"
        publish(store, "two", [drive("d2")], [])
        await until(lambda: held() == "two")
        running.cancel()

    asyncio.run(scene())


def test_a_new_snapshot_is_swapped_in_and_a_failed_look_keeps_the_old(store: MemoryStore) -> None:
    refresher = Refresher(store, ADDRESS)
    assert refresher.refresh()
    assert not refresher.refresh()
    client = TestClient(create_app(refresher, NEVER, in_flight=8))
    publish(store, "two", [drive("d3")], [])
    store.fail = True
    with pytest.raises(ConnectionError):
        refresher.refresh()
    assert client.get("/v1/snapshot").json()["snapshot_id"] == "one"
    store.fail = False
    assert refresher.refresh()
    assert client.get("/v1/snapshot").json() == {"snapshot_id": "two", "rows": {"drives": 1, "scenarios": 0}}
    assert client.get("/v1/drives/d1").status_code == 404


@pytest.mark.parametrize("address", [ADDRESS, f"{ADDRESS}/"])
def test_objects_are_those_below_the_address(store: MemoryStore, address: str) -> None:
    refresher = Refresher(store, address)
    assert refresher.refresh()
    assert refresher.snapshot is not None
    assert refresher.snapshot.snapshot_id == "one"
    elsewhere = Refresher(store, "gs://serving")
    assert elsewhere.refresh()
    assert elsewhere.snapshot is not None
    assert elsewhere.snapshot.snapshot_id == "empty"
