"""A snapshot is loaded as its manifest says, and looked up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from pipelines.serving.snapshot import Query, Snapshot, SnapshotError, cursor, load, position
from pipelines.snapshots import SCENARIOS, Manifest, PublishedTable, manifest_file
from tests.pipelines.serving.published import (
    CELLS,
    START,
    MemoryStore,
    drive,
    parquet_of,
    publish,
    scenario,
    write_manifest,
)


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    publish(store, "one", [drive("d1")], [scenario(0)])
    return store


def change_manifest(store: MemoryStore, snapshot_id: str, table: PublishedTable, **changed: Any) -> None:
    manifest = Manifest.from_json(store.content(manifest_file(snapshot_id)))
    content = replace(manifest.tables[table.name], **changed)
    write_manifest(store, replace(manifest, tables={**manifest.tables, table.name: content}))


def test_only_the_files_of_the_manifest_are_read(store: MemoryStore) -> None:
    """A killed run can leave files beside those of the run that replaced it."""
    store.put("one/drives/part-7-leftover.parquet", parquet_of([drive("d9")]))
    store.put("one/scenarios/part-1.parquet", parquet_of([scenario(1)]))
    change_manifest(store, "one", SCENARIOS, rows=2, files=["scenarios/part-0.parquet", "scenarios/part-1.parquet"])
    assert load(store.content, "one").counts == {"drives": 1, "scenarios": 2}


def test_rows_must_be_as_many_as_the_manifest_says(store: MemoryStore) -> None:
    change_manifest(store, "one", SCENARIOS, rows=5)
    with pytest.raises(SnapshotError, match=r"^one: scenarios has 1 rows, its manifest says 5$"):
        load(store.content, "one")


def ids(snapshot: Snapshot, query: Query) -> list[str]:
    return [orjson.loads(row)["scenario_id"] for row in snapshot.scenarios(query)[0]]


def test_scenarios_that_overlap_a_span_are_found() -> None:
    """Each lasts 2 s; those that only touch an end count too."""
    snapshot = Snapshot("s", [drive("d1")], [scenario(i) for i in range(10)])
    query = Query(start=START + timedelta(seconds=5), end=START + timedelta(seconds=6))
    assert ids(snapshot, query) == ["s0003", "s0004", "s0005", "s0006"]
    assert ids(snapshot, Query(h3_cell=CELLS[1], limit=2)) == ["s0001", "s0005"]
    assert ids(snapshot, Query(drive_id="none")) == []


def test_the_cursor_of_a_page_leads_to_the_next_and_the_last_has_none() -> None:
    snapshot = Snapshot("s", [], [scenario(i) for i in (2, 0, 1)])
    rows, after = snapshot.scenarios(Query(limit=2))
    assert (len(rows), after is None) == (2, False)
    assert ids(snapshot, Query(limit=2, after=after)) == ["s0002"]
    assert snapshot.scenarios(Query(limit=2, after=after))[1] is None
    assert snapshot.scenarios(Query(limit=3))[1] is None


def test_a_cursor_is_a_place() -> None:
    assert position(cursor(1_790_000_000_000_000, "s:1")) == (1_790_000_000_000_000, "s:1")
    with pytest.raises(ValueError, match="is not one that this service gave"):
        position("!")
