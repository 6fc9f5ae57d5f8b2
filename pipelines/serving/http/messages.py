"""Requests and answers, as the protocol hands them over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

JSON = b"application/json"


@dataclass(slots=True)
class Request:
    """One request.

    method: GET or POST; a HEAD arrives as the GET it is, its body is left out by the protocol (RFC 9110, 9.3.2).
    target: path and query as they were sent, percent-encoded.
    headers: those of READ that were sent, by lower-case name.
    """

    method: bytes
    target: bytes
    headers: dict[bytes, bytes]
    body: bytes = b""


@dataclass(slots=True)
class Answer:
    """One answer. headers: more than content-type and content-length, as (name, value).

    lasting: the same request has the same answer until the snapshot is another.
    head: all headers but content-length as they are sent, where they are the same for many answers.
    """

    status: int
    body: bytes
    content_type: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()
    lasting: bool = False
    head: bytes = b""


READ = frozenset((b"accept", b"accept-encoding", b"content-type", b"if-none-match", b"priority", b"x-caller"))
"""Headers of requests that anything is done with."""

Handler = Callable[[Request], Answer | Awaitable[Answer]]
"""What answers requests: at once if that is a matter of microseconds, else by an awaitable."""

RETRY = ((b"retry-after", b"1"),)
OVERLOADED = Answer(429, b'{"detail":"more requests than this replica can answer"}', headers=RETRY)
"""The refusal for want of time; a handler that gives it is not asked again by the same caller for a while."""
