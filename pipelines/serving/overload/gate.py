"""Which requests are answered: all of them, until a queue stands; then as many as can be answered in time."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

from pipelines.serving.overload.codel import Codel
from pipelines.serving.overload.rounds import Rounds

TARGET_S = 0.005
"""What requests may wait for good. The value of folly's Codel too."""
ROUND_S = 0.002
"""Where they wait longer, a round that answers for so long is long enough: what is admitted waits for two at most."""
REFUSING_SHARE = 0.05
"""Share of its time that a replica spends on refusals; beyond that callers are not read for longer."""
PENALTIES_S = (0.02, 1.0)
"""For how long a caller that was refused is not read, at least and at most. The most is what Retry-After asks for."""
REVIEW_S = 0.1


class Penalised(Protocol):
    """A connection that was refused."""

    def resume(self) -> None:
        """Read from it again."""
        ...


@dataclass(slots=True)
class Counts:
    """What the gate did since the replica began, and the time that refusals took, s."""

    admitted: int = 0
    refused: int = 0
    refusing: float = 0.0


class Gate:
    """Admits requests by the time that they waited, batch callers last.

    A refusal costs a good part of an answer. So a caller that was refused is not read for a while: its next request
    waits in its own socket instead of costing anything, and so does whoever sends too fast (back-pressure of TCP).
    Batch callers get a part of each round, halved while a quarter of the target is waited for and else slowly grown
    (additive increase, multiplicative decrease): long before a live request has to be refused.

    rounds: the event loop's.  selective: whether any request is refused.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._live, self._batch = Codel(TARGET_S, ROUND_S), Codel(TARGET_S / 4, ROUND_S / 4)
        self._batch_s = ROUND_S
        self._paused: deque[tuple[float, Penalised]] = deque()
        self._reviewed = (0.0, 0.0)
        self.rounds = Rounds(loop)
        self.selective = False
        self.penalty_s = PENALTIES_S[0]
        self.counts = Counts()

    def begin_round(self, now: float) -> None:
        """Say what time it is (s of perf_counter) when a connection is read first in a round."""
        waited = self.rounds.begin(now)
        self._live.observe(waited, now)
        self._batch.observe(waited, now)
        if now - self._reviewed[0] >= REVIEW_S:
            self._review(now)
        self.selective = self._live.standing or self._batch_s < ROUND_S

    @property
    def overloaded(self) -> bool:
        """Whether live requests are refused."""
        return self._live.standing

    def admits(self, now: float, batch: bool) -> bool:
        """Whether a request that is read at that time is to be answered. True for all unless `selective`."""
        if batch:
            return now - self.rounds.began <= self._batch_s
        return not self._live.standing or now - self.rounds.began <= ROUND_S

    def refused(self, connection: Penalised, since: float) -> None:
        """Note a refusal that was begun at `since`; its connection is resumed when its penalty is over."""
        now = perf_counter()
        self.counts.refused += 1
        self.counts.refusing += now - since
        if not self._paused:
            self._loop.call_later(self.penalty_s, self._resume)
        self._paused.append((now + self.penalty_s, connection))

    def _resume(self) -> None:
        now = perf_counter()
        while self._paused and self._paused[0][0] <= now:
            self._paused.popleft()[1].resume()
        if self._paused:
            self._loop.call_later(max(0.001, self._paused[0][0] - now), self._resume)

    def _review(self, now: float) -> None:
        """Longer penalties if refusals take too much time, and less for batch callers if requests wait."""
        since, refusing = self._reviewed
        share = (self.counts.refusing - refusing) / (now - since)
        factor = 2.0 if share > REFUSING_SHARE else 0.7
        self.penalty_s = min(max(self.penalty_s * factor, PENALTIES_S[0]), PENALTIES_S[1])
        if self._batch.standing:
            self._batch_s = max(self._batch_s / 2, ROUND_S / 64)
        else:
            self._batch_s = min(self._batch_s + ROUND_S / 16, ROUND_S)
        self._reviewed = (now, self.counts.refusing)
