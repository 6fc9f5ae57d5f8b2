"""What all tests share: programs run against the SDK's types, and which tests run in one process."""

from __future__ import annotations

import os
from pathlib import PurePosixPath

import pytest
from hypothesis import settings

from tests.checked_mocks import Deploy, run_checked
from tests.paths import REPOSITORY

ROOMS = (
    "tests/e2e/test_local_stack.py",
    "tests/pipelines",
    "tests/localcloud/services/dataproc",
    "tests/localcloud/services/kubernetes",
    "tests/localcloud/services/dataflow",
    "tests/localcloud/services/storage",
    "tests/localcloud/services/bigquery",
    "tests/localcloud/services/iceberg",
    "tests/localcloud/services/iam",
)
"""Where tests share what is slow to start (a JVM, a cluster, a service): each runs in one process. Longest first."""

# The same inputs on every run, as CI needs it; HYPOTHESIS_PROFILE=long looks for new ones.
settings.register_profile("short", deadline=None, derandomize=True, database=None)
settings.register_profile("long", settings.get_profile("short"), derandomize=False, max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))


@pytest.fixture
def deploy() -> Deploy:
    """Run a program to its end; errors in it, inputs that the SDK refuses included, are raised."""
    return run_checked


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put each test into its room's group, or its file's, and begin with the longest rooms."""
    places = {item: place_of(item) for item in items}
    for item, place in places.items():
        item.add_marker(pytest.mark.xdist_group(place))
    items.sort(key=lambda item: ROOMS.index(places[item]) if places[item] in ROOMS else len(ROOMS))


def place_of(item: pytest.Item) -> str:
    path = PurePosixPath(item.path.relative_to(REPOSITORY).as_posix())
    return next((room for room in ROOMS if path.is_relative_to(room)), str(path))
