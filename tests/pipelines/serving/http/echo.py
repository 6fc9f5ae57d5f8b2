"""A server in a thread of its own, whose handler tells what it was asked."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import uvloop

from pipelines.serving.http.messages import Answer, Request
from pipelines.serving.http.server import Server
from pipelines.serving.http.service import Service
from pipelines.serving.metrics import Statistics
from pipelines.serving.overload.gate import Gate
from pipelines.serving.overload.pool import Pool
from pipelines.serving.overload.quotas import Quotas

TIMEOUT_S = 10.0


@dataclass
class Echo:
    """The server's port and loop; what it was asked so far; what /later waits for."""

    port: int = 0
    loop: asyncio.AbstractEventLoop = field(default_factory=uvloop.new_event_loop)
    asked: list[Request] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    service: Service | None = None
    server: Server | None = None

    def handler(self, request: Request) -> Any:
        self.asked.append(request)
        if request.target == b"/later":
            return self._later(request)
        if request.target == b"/fails":
            raise RuntimeError("this one always fails")
        return self._answer(request)

    async def _later(self, request: Request) -> Answer:
        await self.released.wait()
        return self._answer(request)

    def _answer(self, request: Request) -> Answer:
        told = {"method": request.method.decode(), "target": request.target.decode(), "body": request.body.decode()}
        headers = {name.decode(): value.decode() for name, value in request.headers.items()}
        lasting = request.target.startswith(b"/lasting")
        return Answer(200, orjson.dumps({**told, "headers": headers}), lasting=lasting)

    def exchange(self, *parts: bytes, answers: int = 1) -> list[tuple[int, dict[str, str], bytes]]:
        """Send these bytes part by part on a new connection, and read so many answers."""
        with self.connect() as connection:
            for part in parts:
                connection.sendall(part)
            stream = connection.makefile("rb")
            return [read_answer(stream) for _ in range(answers)]

    def connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


def read_answer(stream: Any, has_body: bool = True) -> tuple[int, dict[str, str], bytes]:
    """One answer: its status, headers and body."""
    status = int(stream.readline().split()[1])
    headers = {}
    while line := stream.readline().strip():
        name, _, value = line.decode().partition(": ")
        headers[name] = value
    body = stream.read(int(headers.get("content-length", 0))) if has_body else b""
    return status, headers, body


@contextmanager
def serving_echo(quotas: Quotas | None = None, maximum_connections: int = 100) -> Iterator[Echo]:
    """The server, until the end of the block; then it is stopped without waiting for anything."""
    echo, ready = Echo(), threading.Event()

    async def run() -> None:
        gate = Gate(asyncio.get_running_loop())
        statistics = Statistics(gate, Pool(threads=1))
        echo.service = Service(gate, quotas or Quotas({}), statistics, echo.handler, maximum_connections)
        echo.server = Server(echo.service, "127.0.0.1", 0)
        echo.port = echo.server.port
        echo.loop.call_soon(ready.set)
        await echo.server.serve(grace_seconds=TIMEOUT_S)

    thread = threading.Thread(target=lambda: echo.loop.run_until_complete(run()), daemon=True)
    thread.start()
    assert ready.wait(TIMEOUT_S)
    try:
        yield echo
    finally:
        echo.loop.call_soon_threadsafe(echo.released.set)
        if thread.is_alive() and echo.server is not None:
            echo.loop.call_soon_threadsafe(echo.server.stop)
        thread.join(TIMEOUT_S)
        assert not thread.is_alive()
        echo.loop.close()
