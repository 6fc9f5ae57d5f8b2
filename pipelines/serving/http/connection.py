"""One connection of a client: HTTP/1.1 (RFC 9112), parsed by httptools, answered in the order of the requests."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable
from time import perf_counter
from typing import cast

import httptools

from pipelines.serving.http.messages import OVERLOADED, READ, RETRY, Answer, Request
from pipelines.serving.http.rendering import CONTINUE, tail
from pipelines.serving.http.requests_seen import cut
from pipelines.serving.http.service import Service

HEADER_BYTES = 16 * 1024
BODY_BYTES = 1024 * 1024
REQUEST_SECONDS = 10.0
"""A request that is not read completely after so long is given up."""
IDLE_SECONDS = 650.0
"""Longer than Google's load balancers keep a connection (600 s), so that it is never closed under a request."""

ALWAYS_ADMITTED = frozenset((b"/healthz", b"/readyz", b"/metrics"))
"""Probes and scrapes must be answered above all when a replica is busy."""

FULL = Answer(429, b'{"detail":"more connections than this replica can hold"}', headers=RETRY)
NO_HTTP = Answer(400, b'{"detail":"this is not HTTP/1.1"}')
TOO_LONG = Answer(413, b'{"detail":"the body is longer than 1 MiB"}')
TOO_MANY_HEADERS = Answer(431, b'{"detail":"the headers are longer than 16 KiB"}')
TOO_LATE = Answer(408, b'{"detail":"the request did not arrive completely within 10 s"}')
FAILED = Answer(500, b'{"detail":"this replica could not answer; its log says why"}')

log = logging.getLogger(__name__)


class Connection(asyncio.Protocol):
    """Parses requests and writes answers. What waits for an answer of another one waits unread, as far as possible."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._parser = httptools.HttpRequestParser(self)
        self._transport = cast("asyncio.Transport", None)
        self._waiting: deque[tuple[Request, bool, bool]] = deque()
        self._answering = self._refused = self._closing = self._reading = False
        self._parsed = self._target = b""
        self._headers: dict[bytes, bytes] = {}
        self._length = 0
        self._body: list[bytes] = []
        self._body_length = 0
        self.active = perf_counter()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        service = self._service
        if len(service.connections) >= service.maximum_connections:
            self._last(FULL)
        else:
            service.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._closing = True
        self._waiting.clear()
        self._service.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        self.active = now = perf_counter()
        service = self._service
        gate = service.gate
        if not gate.rounds.open:
            gate.begin_round(now)
        if self._closing:
            return
        if self._reading or self._answering or not data.startswith(b"GET "):
            self._parse(data)
        elif (given := service.given.get(data)) is not None and not (gate.selective or service.careful):
            gate.counts.admitted += 1
            self._transport.write(service.heads[given[0]] + given[1])
            service.statistics.observe(given[0], perf_counter() - now)
        else:
            target, rest = cut(data)
            headers = service.seen.get(rest)
            if headers is None or not target:
                self._parse(data)
            else:
                self._serve(Request(b"GET", target, headers), is_head=False, keeps=True, began=now, whole=data)

    def _parse(self, data: bytes) -> None:
        self._parsed = b"" if self._reading else data
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            return  # another protocol was offered, and not taken: see on_message_complete
        except (httptools.HttpParserError, httptools.HttpParserCallbackError):
            if not self._closing:
                self._last(NO_HTTP)

    def pause_writing(self) -> None:
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        self.active = perf_counter()
        self.resume()

    def resume(self) -> None:
        """Read on, after a refusal too."""
        self._refused = False
        if not self._transport.is_closing() and not self._answering:
            self._transport.resume_reading()

    # What httptools calls, in this order.

    def on_message_begin(self) -> None:
        self._reading = True
        self._target, self._headers, self._length = b"", {}, 0
        self._body, self._body_length = [], 0

    def on_url(self, url: bytes) -> None:
        self._target += url
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        self._count(len(name) + len(value))
        if name in READ:
            self._headers[name] = value
        elif name == b"expect" and value.lower() == b"100-continue":
            self._transport.write(CONTINUE)

    def _count(self, length: int) -> None:
        self._length += length
        if self._length > HEADER_BYTES and not self._closing:
            self._last(TOO_MANY_HEADERS)

    def on_body(self, body: bytes) -> None:
        self._body_length += len(body)
        if self._body_length <= BODY_BYTES:
            self._body.append(body)
        elif not self._closing:
            self._last(TOO_LONG)

    def on_message_complete(self) -> None:
        self._reading = False
        if self._closing:
            return
        method = self._parser.get_method()
        is_head = method == b"HEAD"
        body = b"".join(self._body) if self._body else b""
        request = Request(b"GET" if is_head else method, self._target, self._headers, body)
        # The parser takes what follows an offer of another protocol for that; so nothing may follow.
        keeps = self._parser.should_keep_alive() and not self._parser.should_upgrade()
        if keeps and method == b"GET" and not body:
            self._service.seen.remember(self._parsed, self._target, self._headers)
        if self._answering:
            self._waiting.append((request, is_head, keeps))
        else:
            self._serve(request, is_head, keeps, perf_counter())

    def _serve(self, request: Request, is_head: bool, keeps: bool, began: float, whole: bytes = b"") -> None:
        service = self._service
        if (service.gate.selective or service.careful) and request.target not in ALWAYS_ADMITTED:
            if not service.gate.admits(perf_counter(), is_batch(request.headers.get(b"priority", b""))):
                self._refuse(is_head, keeps)
                return
            if wait := service.quotas.wait(self._caller(request.headers), began):
                self._write(over_quota(wait), is_head, keeps, began)
                return
        service.gate.counts.admitted += 1
        try:
            answer = service.handler(request)
        except Exception:
            log.exception("%s", request.target)
            answer = FAILED
        if answer is OVERLOADED:
            self._refuse(is_head, keeps)
        elif type(answer) is Answer:
            rendered = self._write(answer, is_head, keeps, began)
            if answer.lasting and whole and not service.careful:
                service.given.keep(whole, answer.status, rendered)
        else:
            self._answer_later(cast("Awaitable[Answer]", answer), is_head, keeps, began)

    def _refuse(self, is_head: bool, keeps: bool) -> None:
        began = perf_counter()
        self._write(OVERLOADED, is_head, keeps, began)
        if not self._refused and not self._closing:
            self._refused = True
            self._transport.pause_reading()
        self._service.gate.refused(self, began)

    def _caller(self, headers: dict[bytes, bytes]) -> bytes:
        named = headers.get(b"x-caller")
        return named if named is not None else str(self._transport.get_extra_info("peername")[0]).encode()

    def _answer_later(self, answer: Awaitable[Answer], is_head: bool, keeps: bool, began: float) -> None:
        self._answering = True
        self._transport.pause_reading()
        task = asyncio.ensure_future(self._finish(answer, is_head, keeps, began))
        self._service.tasks.add(task)
        task.add_done_callback(self._service.tasks.discard)

    async def _finish(self, awaited: Awaitable[Answer], is_head: bool, keeps: bool, began: float) -> None:
        try:
            answer = await awaited
        except Exception:
            log.exception("a request failed")
            answer = FAILED
        self._answering = False
        if self._transport.is_closing():
            return
        self.active = perf_counter()
        self._write(answer, is_head, keeps, began)
        while self._waiting and not self._answering and not self._closing:
            self._serve(*self._waiting.popleft(), perf_counter())
        if not self._answering and not self._refused and not self._closing:
            self._transport.resume_reading()

    def _write(self, answer: Answer, is_head: bool, keeps: bool, began: float) -> bytes:
        """Send an answer; gives what it is but for its beginning."""
        service = self._service
        closes = not keeps or service.closing
        rest = tail(answer, closes)
        if is_head and answer.body:
            rest = rest[: -len(answer.body)]
        self._transport.write(service.heads[answer.status] + rest)
        service.statistics.observe(answer.status, perf_counter() - began)
        if closes:
            self._close()
        return rest

    def _last(self, answer: Answer) -> None:
        """Answer what can't be read. A connection closed with bytes unread would lose the answer, so they are read."""
        self._closing = True
        rest = tail(answer, closes=True)
        self._transport.write(self._service.heads[answer.status] + rest)
        self._service.statistics.observe(answer.status, 0.0)
        self._transport.write_eof()

    def _close(self) -> None:
        self._closing = True
        self._transport.close()

    def give_up(self, now: float) -> None:
        quiet = now - self.active
        if self._closing and quiet > REQUEST_SECONDS:
            self._transport.abort()
        elif self._reading and quiet > REQUEST_SECONDS:
            self._last(TOO_LATE)
        elif quiet > IDLE_SECONDS and not self._answering:
            self._transport.abort()

    def close_if_idle(self) -> None:
        if not self._reading and not self._answering and not self._closing:
            self._close()

    def abort(self) -> None:
        self._transport.abort()


def is_batch(priority: bytes) -> bool:
    """Whether a Priority header (RFC 9218) says less urgent than the default, u=3: such callers are refused first."""
    place = priority.find(b"u=")
    return place >= 0 and priority[place + 2 : place + 3] > b"3"


def over_quota(wait: float) -> Answer:
    """The refusal of a caller that asks for more than its quota."""
    return Answer(
        429, b'{"detail":"more requests than your quota"}', headers=((b"retry-after", b"%d" % (int(wait) + 1)),)
    )
