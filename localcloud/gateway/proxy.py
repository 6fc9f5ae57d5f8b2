"""An HTTP proxy's CONNECT: Google's names lead to this cloud, whatever else is asked for to where it is."""

from __future__ import annotations

import asyncio
import contextlib

GOOGLE = (".googleapis.com",)
PIECE_BYTES = 64 * 1024


class Proxy:
    """Tunnels, byte by byte, for as long as both ends are there."""

    def __init__(self, google_port: int) -> None:
        self.google_port = google_port
        """The loopback port at which Google's names are answered."""

    async def serve(self, port: int) -> asyncio.Server:
        """Begin to listen on a loopback port. Errors: OSError if it is taken."""
        return await asyncio.start_server(self._connected, "127.0.0.1", port)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer):
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                onward_reader, onward_writer = await self._opened(head)
            except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
                writer.write(f"HTTP/1.1 502 {' '.join(str(error).split())}\r\n\r\n".encode())
                return
            with contextlib.closing(onward_writer):
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await asyncio.gather(_pass(reader, onward_writer), _pass(onward_reader, writer))

    async def _opened(self, head: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """The connection that a request line asks for. Errors: ValueError for none, OSError if it can't be made."""
        method, target, *_ = [*head.decode("latin-1").split(), "", ""]
        host, _, port = target.rpartition(":")
        if method != "CONNECT" or not port.isdecimal():
            raise ValueError("this proxy of the local cloud takes CONNECT HOST:PORT only")
        if host.endswith(GOOGLE):
            return await asyncio.open_connection("127.0.0.1", self.google_port)
        return await asyncio.open_connection(host, int(port))


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(PIECE_BYTES):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
