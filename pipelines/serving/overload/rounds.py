"""How long requests wait before a replica can look at them: the rounds of its event loop.

Requests are answered in the round in which they are read. While one lasts, those that arrive wait in the kernel, where
nothing sees them; so the wait of a request is at most the round that it was read in and the one before.
"""

from __future__ import annotations

import asyncio
from time import perf_counter

IDLE_S = 0.0005
"""A pause of the loop from which on it was idle: what is read after that has not waited."""


class Rounds:
    """The round that is going on. A round is what the loop does between two looks at its sockets.

    open: whether it has begun.  began: when, s of perf_counter.  busy: how long all rounds together took, s.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._ended = 0.0
        self.open = False
        self.began = self.busy = 0.0

    def begin(self, now: float) -> float:
        """Say what time it is when something is read first in a round; how long that may have waited, s."""
        waited = now - self.began if now - self._ended < IDLE_S else 0.0
        self.open, self.began = True, now
        self._loop.call_soon(self._end)
        return waited

    def _end(self) -> None:
        self.open, self._ended = False, perf_counter()
        self.busy += self._ended - self.began
