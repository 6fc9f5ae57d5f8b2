"""Requests of probes and of the proxy, to a server that says exactly what it says."""

from __future__ import annotations

import asyncio

import h11
import pytest

from localcloud.services.kubernetes.network import http_client


def exchange(answer: bytes, body: bytes = b"", **headers: str) -> tuple[bytes, int, bytes]:
    """Send a POST; what the server got, the status and the body that came back."""
    received = b""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal received
        received = await reader.readuntil(b"\r\n\r\n")
        received += await reader.readexactly(len(body))
        writer.write(answer)
        writer.close()

    async def scenario() -> tuple[bytes, int, bytes]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        given = [(name.encode(), value.encode()) for name, value in headers.items()]
        try:
            response = await http_client.request(("127.0.0.1", port), "POST", "/path?q=1", given, body)
            return received, response.status, b"".join([chunk async for chunk in response.chunks()])
        finally:
            server.close()

    return asyncio.run(scenario())


def test_a_request_says_its_length_and_its_host_unless_they_are_given() -> None:
    received, status, answered = exchange(b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\nok", b"body", host="web")
    assert received.startswith(b"POST /path?q=1 HTTP/1.1\r\n")
    assert received.endswith(b"body")
    assert b"host: web\r\n" in received.lower()
    assert b"content-length: 4\r\n" in received.lower()
    assert (status, answered) == (201, b"ok")


def test_chunks_are_put_together_and_informational_answers_passed_over() -> None:
    answer = (
        b"HTTP/1.1 103 Early Hints\r\n\r\n"
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"
    )
    assert exchange(answer)[1:] == (200, b"onetwo")


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n"])
def test_no_proper_answer_is_an_error(answer: bytes) -> None:
    with pytest.raises((OSError, h11.ProtocolError)):
        exchange(answer)


def test_a_body_that_is_cut_off_is_an_error() -> None:
    with pytest.raises(h11.ProtocolError):
        exchange(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ncut")
