"""Accepts connections, looks after them, and ends with all answers given."""

from __future__ import annotations

import asyncio
import socket
from time import perf_counter
from typing import Any

from pipelines.serving.http.connection import FULL, Connection
from pipelines.serving.http.rendering import tail
from pipelines.serving.http.service import Service

BACKLOG = 4096
"""Connections that wait in the kernel. Its own limit, net.core.somaxconn, may be lower."""
ACCEPTED = 64
"""Connections taken in one round; one of them while there is no time to answer those at hand."""
SWEEP_SECONDS = 1.0


class Server:
    """One listening address. `serve` ends after `stop`. port: as given; if that was 0, which one it became."""

    def __init__(self, service: Service, host: str, port: int) -> None:
        self._service = service
        self._socket = socket.create_server((host, port), backlog=BACKLOG)
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]
        self._stopped = asyncio.Event()
        self._opening: set[asyncio.Future[Any]] = set()
        self._refusal = b"HTTP/1.1 429 Too Many Requests\r\n" + tail(FULL, closes=True)

    def stop(self) -> None:
        """Take no more connections, and end when those that are open have their answers."""
        self._stopped.set()

    async def serve(self, grace_seconds: float) -> None:
        """Answer until `stop`; what is not answered `grace_seconds` after it is cut off."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._socket, self._accept, loop)
        sweeping = asyncio.ensure_future(self._sweep())
        try:
            await self._stopped.wait()
        finally:
            sweeping.cancel()
            loop.remove_reader(self._socket)
            self._socket.close()
        await self._finish(grace_seconds)

    def _accept(self, loop: asyncio.AbstractEventLoop) -> None:
        service = self._service
        for _ in range(1 if service.gate.overloaded else ACCEPTED):
            try:
                connected, _ = self._socket.accept()
            except OSError:  # nobody waits any more, or there are no file descriptors left: the next round sees
                return
            connected.setblocking(False)
            if len(service.connections) + len(self._opening) >= service.maximum_connections:
                self._turn_away(connected)
                continue
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            opening = asyncio.ensure_future(loop.connect_accepted_socket(lambda: Connection(service), connected))
            self._opening.add(opening)
            opening.add_done_callback(self._opened)

    def _opened(self, opening: asyncio.Future[Any]) -> None:
        self._opening.discard(opening)
        if not opening.cancelled():
            opening.exception()  # the client may be gone already

    def _turn_away(self, connected: socket.socket) -> None:
        with connected:
            try:
                connected.send(self._refusal)
            except OSError:
                return  # the client is gone

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = perf_counter()
            self._service.heads.renew()
            for connection in tuple(self._service.connections):
                connection.give_up(now)
            self._service.statistics.review(now)

    async def _finish(self, grace_seconds: float) -> None:
        service = self._service
        service.close()
        for connection in tuple(service.connections):
            connection.close_if_idle()
        deadline = perf_counter() + grace_seconds
        while service.connections and perf_counter() < deadline:
            await asyncio.sleep(0.01)
        for connection in tuple(service.connections):
            connection.abort()
