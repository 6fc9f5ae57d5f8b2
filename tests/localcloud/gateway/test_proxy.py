"""The gateway's proxy: where a tunnel leads, and what is no request for one."""

from __future__ import annotations

import asyncio

import pytest

from localcloud.gateway.proxy import Proxy
from tests.ports import free_port_base


async def exchange(head: bytes, sent: bytes, name: str) -> tuple[bytes, bytes]:
    """What a proxy answers, and what then comes back from a server that names itself and repeats what it got."""

    async def repeat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(name.encode() + await reader.read())
        await writer.drain()
        writer.close()

    port = free_port_base(2)
    async with await asyncio.start_server(repeat, "127.0.0.1", port), await Proxy(port).serve(port + 1):
        reader, writer = await asyncio.open_connection("127.0.0.1", port + 1)
        writer.write(head.replace(b"PORT", str(port).encode()))
        answer = await reader.readuntil(b"\r\n\r\n")
        writer.write(sent)
        writer.write_eof()
        back = await reader.read()
        writer.close()
    return answer, back


@pytest.mark.parametrize("target", ["dataproc.googleapis.com:443", "127.0.0.1:PORT"])
def test_a_tunnel_carries_every_byte_both_ways(target: str) -> None:
    data = bytes(range(256)) * 4096
    head = f"CONNECT {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    answer, back = asyncio.run(exchange(head, data, "end:"))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert back == b"end:" + data


@pytest.mark.parametrize(
    "head", ["GET / HTTP/1.1", "CONNECT nowhere HTTP/1.1", "CONNECT x:y HTTP/1.1", "", "CONNECT 127.0.0.1:1 HTTP/1.1"]
)
def test_what_it_cannot_do_is_told(head: str) -> None:
    answer, back = asyncio.run(exchange(f"{head}\r\n\r\n".encode(), b"", ""))
    assert answer.startswith(b"HTTP/1.1 502 ")
    assert back == b""
