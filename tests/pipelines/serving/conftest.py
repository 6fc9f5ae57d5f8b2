"""A published snapshot, and the service over it."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from pipelines.serving.app import create_app
from tests.pipelines.serving.published import MemoryStore, drive, publish, scenario, serving

NEVER = 3600.0


@pytest.fixture
def store() -> MemoryStore:
    """A store with one snapshot: drives d1 and d2; 20 scenarios of d1 a second apart, one of d2 after them."""
    store = MemoryStore()
    scenarios = [scenario(i, kind="hard_brake" if i % 2 else "cut_in") for i in range(20)]
    publish(store, "one", [drive("d1"), drive("d2")], [*scenarios, scenario(30, drive_id="d2")])
    return store


@pytest.fixture
def client(store: MemoryStore) -> TestClient:
    """A client of the service that answers from that snapshot."""
    return TestClient(create_app(serving(store), NEVER, in_flight=8))
