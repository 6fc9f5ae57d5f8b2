"""A published snapshot, and a client of what answers from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipelines.serving.client import Client
from tests.pipelines.serving.published import DRIVES, SCENARIOS, MemoryStore, drive, publish, scenario, serving


@pytest.fixture
def store() -> MemoryStore:
    """A store with one snapshot: drives d1 and d2; 20 scenarios of d1 a second apart, one of d2 after them."""
    store = MemoryStore()
    scenarios = [scenario(i, kind="hard_brake" if i % 2 else "cut_in") for i in range(20)]
    rows = [(DRIVES, [drive("d1"), drive("d2")]), (SCENARIOS, [*scenarios, scenario(30, drive_id="d2")])]
    publish(store, "one", rows)
    return store


@pytest.fixture
def client(store: MemoryStore, tmp_path: Path) -> Client:
    """A client of the service that answers from that snapshot."""
    return Client(serving(store, tmp_path))
