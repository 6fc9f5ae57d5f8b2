"""Waiting for what another process does, with one patience for all tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

import pytest

PATIENCE_S = 300
"""Longer than anything takes on a busy machine: a test that waits in vain fails late, but one that works never does."""
PAUSE_S = 0.05

ValueT = TypeVar("ValueT")


def wait_for(get: Callable[[], ValueT], holds: Callable[[ValueT], object] = bool, what: str = "") -> ValueT:
    """The first value for which the condition holds; after PATIENCE_S the test fails with the last one."""
    deadline, pause = time.monotonic() + PATIENCE_S, threading.Event()
    while not holds(value := get()):
        if time.monotonic() > deadline:
            pytest.fail(f"{what or 'the condition'} did not come within {PATIENCE_S} s; at the end: {value!r}")
        pause.wait(PAUSE_S)
    return value
