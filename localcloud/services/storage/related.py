"""multipart/related bodies, as simple uploads with metadata send them: JSON first, then the media, streamed."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import Message
from typing import Any

from localcloud.services.common import GoogleError

LONGEST_METADATA_BYTES = 1 << 20
QUOTED = re.compile(r"(?P<quote>'?)(?P<text>.+)(?P=quote)", re.DOTALL)


@dataclass(frozen=True)
class Related:
    """The two parts; `media` must be read to its end, where it raises 400 if the closing boundary is missing."""

    metadata: dict[str, Any]
    content_type: str
    media: AsyncIterator[bytes]


def boundary_of(content_type: str) -> bytes:
    """The boundary parameter of a multipart content type; 400 if there is none.

    It may be in single quotes: gcloud and gsutil write it so (apitools/base/py/transfer.py), and mean what is in them.
    """
    message = Message()
    message["Content-Type"] = content_type
    boundary = message.get_param("boundary")
    found = QUOTED.fullmatch(boundary) if isinstance(boundary, str) else None
    if found is None:
        raise _bad(f"Content-Type {content_type!r} has no boundary")
    return found["text"].encode()


def headers_of(head: bytes) -> Message:
    """A part's headers, whichever way its lines end."""
    message = Message()
    for line in head.decode("utf-8", "replace").splitlines():
        name, separator, value = line.partition(":")
        if separator:
            message[name.strip()] = value.strip()
    return message


async def split(stream: AsyncIterator[bytes], content_type: str) -> Related:
    """Read up to where the media begins. Lines may end in CR LF or LF: one client library (gcsfs) sends LF."""
    marker = b"--" + boundary_of(content_type)
    buffer = bytearray()

    async def until(delimiter: bytes) -> bytes:
        start = 0
        while (end := buffer.find(delimiter, start)) < 0:
            start = max(0, len(buffer) - len(delimiter) + 1)
            if len(buffer) > LONGEST_METADATA_BYTES:
                raise _bad("its metadata is too long")
            chunk = await anext(stream, None)
            if chunk is None:
                raise _bad(f"it ends before {delimiter!r}")
            buffer.extend(chunk)
        found = bytes(buffer[:end])
        del buffer[: end + len(delimiter)]
        return found

    await until(marker)
    newline = b"\r\n" if (await until(b"\n")).endswith(b"\r") else b"\n"
    buffer[:0] = newline  # a part without headers begins with two
    await until(newline * 2)
    document = await until(newline + marker)
    media_headers = headers_of(await until(newline * 2))
    try:
        metadata = json.loads(document or b"{}")
    except ValueError as error:
        raise _bad(f"its metadata is not JSON: {error}") from error
    if not isinstance(metadata, dict):
        raise _bad("its metadata is not a JSON object")
    media = _until_end(bytes(buffer), stream, newline + marker)
    return Related(metadata, media_headers.get("content-type", ""), media)


async def _until_end(first: bytes, stream: AsyncIterator[bytes], delimiter: bytes) -> AsyncIterator[bytes]:
    buffer = bytearray(first)
    while (end := buffer.find(delimiter)) < 0:
        safe = len(buffer) - len(delimiter) + 1
        if safe > 0:
            yield bytes(buffer[:safe])
            del buffer[:safe]
        chunk = await anext(stream, None)
        if chunk is None:
            raise _bad("its closing boundary is missing")
        buffer.extend(chunk)
    yield bytes(buffer[:end])
    async for _ in stream:  # the epilogue means nothing, but the connection must be read to its end
        pass


def _bad(problem: str) -> GoogleError:
    return GoogleError(400, f"Malformed multipart body: {problem}", "badRequest")
