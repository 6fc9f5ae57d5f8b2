"""Waiting in a call that its engine may give up."""

from __future__ import annotations

import threading

import pytest

from localcloud.providers.errors import InterruptedCallError
from localcloud.providers.waiting import Patience, pause


def test_a_call_that_is_to_end_does_not_wait() -> None:
    ended = threading.Event()
    pause(ended, 0)
    ended.set()
    with pytest.raises(InterruptedCallError, match="interrupted while waiting for it"):
        pause(ended, 3600)


def test_what_is_waited_for_is_told_of_when_it_changes() -> None:
    told: list[str] = []
    patience = Patience(60, threading.Event(), told.append)
    for waiting_for in ("", "nodes", "nodes", "pods", "nodes"):
        patience.pause(0, waiting_for)
    assert told == ["nodes", "pods", "nodes"]


def test_patience_ends() -> None:
    assert not Patience(3600, threading.Event(), print).is_over
    assert Patience(-1, threading.Event(), print).is_over
