"""What all connections of a replica share."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Protocol

from pipelines.serving.http.answers_given import AnswersGiven
from pipelines.serving.http.messages import Answer, Handler
from pipelines.serving.http.rendering import Heads
from pipelines.serving.http.requests_seen import RequestsSeen
from pipelines.serving.metrics import Statistics
from pipelines.serving.overload.gate import Gate
from pipelines.serving.overload.quotas import Quotas

MAXIMUM_CONNECTIONS = 10_000
NOT_YET = Answer(503, b'{"detail":"this replica has only begun"}')


class OpenConnection(Protocol):
    """A connection, as those who look after all of them see it."""

    def give_up(self, now: float) -> None:
        """Close it if it was idle, or did not send or read, for too long. now: s of perf_counter."""
        ...

    def close_if_idle(self) -> None:
        """Close it unless something is being read or answered: then the answer will be the last."""
        ...

    def abort(self) -> None:
        """Close it whatever is going on."""
        ...


@dataclass(eq=False)
class Service:
    """The handler with its gate, quotas and statistics, and the connections that are open.

    closing: every answer is the last one of its connection.  careful: a request has to be looked at even if its answer
    is known.
    heads, seen, given: what answers are made of, and what saves making them.  tasks: answers that are being made.
    """

    gate: Gate
    quotas: Quotas
    statistics: Statistics
    handler: Handler = lambda _: NOT_YET
    maximum_connections: int = MAXIMUM_CONNECTIONS
    closing: bool = False
    heads: Heads = field(default_factory=Heads)
    seen: RequestsSeen = field(default_factory=RequestsSeen)
    given: AnswersGiven = field(default_factory=AnswersGiven)
    connections: set[OpenConnection] = field(default_factory=set)
    tasks: set[asyncio.Future[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.careful = bool(self.quotas)

    def close(self) -> None:
        """Make every answer from now on the last one of its connection."""
        self.closing = self.careful = True
