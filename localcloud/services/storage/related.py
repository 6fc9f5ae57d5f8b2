"""Multipart bodies whose last part is streamed, and those of simple uploads with metadata: JSON, then the media."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import Message
from typing import Any

from localcloud.services.common import GoogleError, json_value

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


class Parts:
    """A multipart body, read from its beginning; a part that is no file is a text of limited length."""

    def __init__(self, stream: AsyncIterator[bytes], content_type: str) -> None:
        self._stream = stream
        self._marker = b"--" + boundary_of(content_type)
        self._newline = b"\r\n"
        self._buffer = bytearray()

    async def _until(self, delimiter: bytes) -> bytes:
        buffer, start = self._buffer, 0
        while (end := buffer.find(delimiter, start)) < 0:
            start = max(0, len(buffer) - len(delimiter) + 1)
            if len(buffer) > LONGEST_METADATA_BYTES:
                raise _bad("its metadata is too long")
            chunk = await anext(self._stream, None)
            if chunk is None:
                raise _bad(f"it ends before {delimiter!r}")
            buffer.extend(chunk)
        found = bytes(buffer[:end])
        del buffer[: end + len(delimiter)]
        return found

    async def begin(self) -> None:
        """Go to the first part. Lines may end in CR LF or LF: one client library (gcsfs) sends LF."""
        await self._until(self._marker)
        self._newline = b"\r\n" if (await self._until(b"\n")).endswith(b"\r") else b"\n"
        self._buffer[:0] = self._newline  # a part without headers begins with two

    async def headers(self) -> Message:
        return headers_of(await self._until(self._newline * 2))

    async def text(self) -> bytes:
        """A part that another one follows."""
        return await self._until(self._newline + self._marker)

    def last(self) -> AsyncIterator[bytes]:
        """A part that none follows, streamed."""
        return _until_end(bytes(self._buffer), self._stream, self._newline + self._marker)


async def split(stream: AsyncIterator[bytes], content_type: str) -> Related:
    """Read up to where the media begins."""
    parts = Parts(stream, content_type)
    await parts.begin()
    await parts.headers()
    document = await parts.text()
    media_headers = await parts.headers()
    try:
        metadata = json_value(document or b"{}")
    except GoogleError as error:
        raise _bad(f"its metadata is not JSON: {error.message}") from error
    if not isinstance(metadata, dict):
        raise _bad("its metadata is not a JSON object")
    return Related(metadata, media_headers.get("content-type", ""), parts.last())


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
