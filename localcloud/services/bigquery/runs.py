"""A job while it runs, and how it is broken off."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

import duckdb

from localcloud.services.bigquery.errors import stopped
from localcloud.services.common import GoogleError

INTERRUPTIONS = 50
INTERRUPTION_SECONDS = 0.1


@dataclass
class Run:
    """A job that is not done yet."""

    cancelled: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)
    future: Future[None] | None = None
    connection: duckdb.DuckDBPyConnection | None = None
    timer: threading.Timer | None = None
    why: GoogleError = field(default_factory=stopped)
    """What the job fails with once it is cancelled."""

    def go_on(self) -> None:
        """Raises GoogleError `stopped` once the job is cancelled."""
        if self.cancelled.is_set():
            raise self.why

    def begin_timer(self, seconds: float, at_end: Callable[[], None]) -> None:
        """Call `at_end` after so long, unless the job ends before."""
        self.timer = threading.Timer(seconds, at_end)
        self.timer.daemon = True
        self.timer.start()

    def end(self) -> None:
        """Tell all who wait for it."""
        if self.timer is not None:
            self.timer.cancel()
        self.done.set()

    def interrupt(self) -> None:
        """Break off the engine, again and again for a while: it forgets what comes just before a query begins."""
        for _ in range(INTERRUPTIONS):
            connection = self.connection
            if connection is not None:
                with contextlib.suppress(duckdb.ConnectionException):  # closed at this moment
                    connection.interrupt()
            if self.done.wait(INTERRUPTION_SECONDS):
                return
