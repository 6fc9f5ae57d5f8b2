"""A job that runs: its timer, and its end."""

from __future__ import annotations

import threading

import pytest

from localcloud.services.bigquery.runs import Run
from localcloud.services.common import GoogleError


def test_a_timer_breaks_off_what_goes_on() -> None:
    run, called = Run(), threading.Event()
    run.begin_timer(0.01, called.set)
    assert called.wait(10)


def test_a_job_that_ends_stops_its_timer() -> None:
    run, called = Run(), threading.Event()
    run.begin_timer(60, called.set)
    run.end()
    assert run.timer is not None
    run.timer.join(10)
    assert not run.timer.is_alive()
    assert run.done.is_set()
    assert not called.is_set()


def test_a_cancelled_job_says_why() -> None:
    run = Run()
    run.go_on()
    run.cancelled.set()
    with pytest.raises(GoogleError, match="User requested cancellation"):
        run.go_on()
    run.why = GoogleError(499, "Out of time", "stopped")
    with pytest.raises(GoogleError, match="Out of time"):
        run.go_on()
