"""A small HTTP/1.1 client on the event loop (h11 does the protocol): one request a connection, body streamed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import h11

CHUNK = 65536


class HttpResponse:
    """Status and headers (lower-case names) are there; `chunks` reads the body; `close` it in any case."""

    def __init__(self, connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connection, self._reader, self._writer = connection, reader, writer
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []

    async def _next(self) -> Any:
        while True:
            event = self._connection.next_event()
            if event is not h11.NEED_DATA:
                return event
            self._connection.receive_data(await self._reader.read(CHUNK))

    async def read_head(self) -> None:
        event = await self._next()
        while isinstance(event, h11.InformationalResponse):
            event = await self._next()
        if not isinstance(event, h11.Response):
            raise ConnectionResetError("the server closed the connection before it answered")
        self.status, self.headers = event.status_code, [(bytes(name), bytes(value)) for name, value in event.headers]

    async def chunks(self) -> AsyncIterator[bytes]:
        try:
            while isinstance(event := await self._next(), h11.Data):
                yield bytes(event.data)
        finally:
            self.close()

    def close(self) -> None:
        self._writer.close()


async def request(
    address: tuple[str, int],
    method: str,
    path: str,
    headers: list[tuple[bytes, bytes]] | None = None,
    body: bytes = b"",
) -> HttpResponse:
    """Send a request and read the answer's head. OSError or h11.ProtocolError if there is no proper answer."""
    reader, writer = await asyncio.open_connection(*address)
    try:
        given = {name.lower() for name, _ in headers or []}
        wanted = [(b"host", "{}:{}".format(*address).encode()), (b"content-length", str(len(body)).encode())]
        every = [*(headers or []), *((name, value) for name, value in wanted if name not in given)]
        every.append((b"connection", b"close"))
        connection = h11.Connection(h11.CLIENT)
        out = connection.send(h11.Request(method=method, target=path or "/", headers=every)) or b""
        out += connection.send(h11.Data(data=body)) or b"" if body else b""
        writer.write(out + (connection.send(h11.EndOfMessage()) or b""))
        await writer.drain()
        response = HttpResponse(connection, reader, writer)
        await response.read_head()
    except BaseException:
        writer.close()
        raise
    return response
