"""What all connections of a replica share."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.serving.http.answers_given import AnswersGiven
from pipelines.serving.http.messages import Answer, Handler
from pipelines.serving.http.rendering import Heads
from pipelines.serving.http.requests_seen import RequestsSeen
from pipelines.serving.metrics import Statistics
from pipelines.serving.overload.gate import Gate
from pipelines.serving.overload.quotas import Quotas

if TYPE_CHECKING:
    from pipelines.serving.http.connection import Connection

MAXIMUM_CONNECTIONS = 10_000
NOT_YET = Answer(503, b'{"detail":"this replica has only begun"}')


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
    connections: set[Connection] = field(default_factory=set)
    tasks: set[asyncio.Future[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.careful = bool(self.quotas)

    def close(self) -> None:
        """Make every answer from now on the last one of its connection."""
        self.closing = self.careful = True
