"""POST /batch/storage/v1: many requests of the JSON API in one multipart/mixed body, answered in their order."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.types import ASGIApp, Message

from localcloud.services.common import GoogleError
from localcloud.services.storage.http import JSON_PREFIX, StorageCall
from localcloud.services.storage.related import boundary_of, headers_of

MOST_PARTS = 1000  # Google documents 100; its Python client sends up to 1000


@dataclass(frozen=True)
class Part:
    content_id: str | None
    method: str
    target: str
    headers: list[tuple[bytes, bytes]]
    body: bytes


def _sections(data: bytes) -> tuple[bytes, bytes]:
    """What is before and after the first empty line, whichever way lines end."""
    candidates = [(data.find(separator), separator) for separator in (b"\r\n\r\n", b"\n\n")]
    position, separator = min((c for c in candidates if c[0] >= 0), default=(len(data), b""))
    return data[:position], data[position + len(separator) :]


def parse(body: bytes, content_type: str, outer_headers: list[tuple[bytes, bytes]]) -> list[Part]:
    """The requests of a batch; a part without Authorization has the batch's. Errors: 400 for a malformed batch."""
    marker = b"--" + boundary_of(content_type)
    pieces = (b"\n" + body).split(b"\n" + marker)[1:]
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise GoogleError(400, "Malformed batch: no part, or its closing boundary is missing", "badRequest")
    if len(pieces) - 1 > MOST_PARTS:
        raise GoogleError(400, f"A batch takes at most {MOST_PARTS} requests, not {len(pieces) - 1}", "badRequest")
    inherited = [header for header in outer_headers if header[0] in (b"authorization", b"host")]
    return [_part(piece, inherited) for piece in pieces[:-1]]


def _part(piece: bytes, inherited: list[tuple[bytes, bytes]]) -> Part:
    head, request = _sections(piece.lstrip(b"\r\n"))
    request_head, body = _sections(request.lstrip(b"\r\n"))
    first_line, _, header_lines = request_head.partition(b"\n")
    words = first_line.decode("ascii", "replace").split()
    if len(words) < 2:
        raise GoogleError(400, f"Malformed batch: {first_line!r} is not a request line", "badRequest")
    headers = headers_of(header_lines)
    length = headers.get("content-length")
    body = body[: int(length)] if length and length.isdigit() else body.rstrip(b"\r\n")
    skipped = {"content-length", "host", "transfer-encoding"}
    own = [(k.lower().encode(), v.encode()) for k, v in headers.items() if k.lower() not in skipped]
    names = {name for name, _ in own}
    own += [header for header in inherited if header[0] not in names]
    return Part(headers_of(head).get("content-id"), words[0].upper(), words[1], own, body)


async def batch(call: StorageCall) -> Response:
    """Run the requests one after the other; each has its own status, the batch itself is 200."""
    request = call.request
    parts = parse(await request.body(), call.headers.get("content-type", ""), call.headers.raw)
    boundary = f"batch_{secrets.token_hex(12)}"
    lines: list[bytes] = []
    for part in parts:
        status, headers, body = await _run(request.app, request.scope, part)
        lines += [f"--{boundary}".encode(), b"Content-Type: application/http"]
        if part.content_id is not None:
            lines.append(f"Content-ID: <response-{part.content_id.strip('<>')}>".encode())
        lines += [b"", f"HTTP/1.1 {status} {_phrase(status)}".encode()]
        lines += [name + b": " + value for name, value in headers]
        lines += [b"", body]
    lines += [f"--{boundary}--".encode(), b""]
    return Response(b"\r\n".join(lines), media_type=f"multipart/mixed; boundary={boundary}")


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unknown"


async def _run(app: ASGIApp, outer: Any, part: Part) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """One request through the application itself."""
    target = urlsplit(part.target)
    if not target.path.startswith((JSON_PREFIX + "/", "/b/")) or "alt=media" in target.query:
        message = f"{part.method} {target.path} can't be part of a batch: only metadata requests can"
        raise GoogleError(400, message, "badRequest")
    scope = {key: outer[key] for key in ("type", "asgi", "http_version", "server", "client", "scheme", "root_path")}
    scope |= {
        "method": part.method,
        "path": target.path,
        "raw_path": target.path.encode(),
        "query_string": target.query.encode(),
        "headers": part.headers,
    }
    status, headers, body = 500, list[tuple[bytes, bytes]](), bytearray()

    async def receive() -> Message:
        return {"type": "http.request", "body": part.body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status, headers = message["status"], list(message["headers"])
        else:
            body.extend(message.get("body", b""))

    await app(scope, receive, send)
    return status, headers, bytes(body)
