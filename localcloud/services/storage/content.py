"""Contents: written once from a stream with their checksums, then only read, linked or removed."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import google_crc32c
from starlette.concurrency import run_in_threadpool

from localcloud.services.common import GoogleError
from localcloud.services.storage.store import Store

BLOCK_BYTES = 1 << 20
SMALL_BYTES = 1 << 16  # up to here a content is kept in its object's row: one sync of the disk instead of two
Result = TypeVar("Result")


@dataclass(frozen=True)
class Content:
    """Bytes at rest, with their checksums in base64.

    `id` names the file; None for a small content, which has its bytes in `data`. `md5` is None for composed objects.
    """

    id: str | None
    size: int
    crc32c: str
    md5: str | None
    data: bytes = b""

    @property
    def md5_hex(self) -> str | None:
        """The XML API's etag."""
        return base64.b64decode(self.md5).hex() if self.md5 else None


class ContentWriter:
    """Writes one content in sequence and computes CRC32C and MD5 on the way; used by one thread at a time.

    Up to `small_bytes` are held in memory and become a small content; 0 makes it a file from its first byte.
    """

    def __init__(self, store: Store, content_id: str | None = None, small_bytes: int = SMALL_BYTES) -> None:
        self._store = store
        self._small_bytes = small_bytes
        self._held = bytearray()
        self.content_id = content_id or store.new_content_id()
        self.path = store.content_path(self.content_id)
        self.size = 0
        self._descriptor: int | None = None
        self._crc32c = 0
        self._md5 = hashlib.md5(usedforsecurity=False)

    def write(self, data: bytes) -> None:
        if not data:
            return
        if self.size + len(data) <= self._small_bytes:
            self._held += data
        else:
            self._append(bytes(self._held) + data if self._held else data)
            self._held.clear()
        self._crc32c = google_crc32c.extend(self._crc32c, data)
        self._md5.update(data)
        self.size += len(data)

    def _opened(self) -> int:
        if self._descriptor is None:
            flags = os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
            self._descriptor = os.open(self.path, flags, 0o600)
        return self._descriptor

    def _append(self, data: bytes) -> None:
        descriptor = self._opened()
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(descriptor, view) :]
        except OSError:
            os.ftruncate(descriptor, self.size - len(self._held))  # a full disk: keep to what is counted
            raise

    def reread(self) -> None:
        """Take size and checksums from the file as it is: after a restart, or after it was cut shorter."""
        self.close()
        self.size, self._crc32c, self._md5 = 0, 0, hashlib.md5(usedforsecurity=False)
        if self.path.exists():
            for block in blocks(self.path):
                self._crc32c = google_crc32c.extend(self._crc32c, block)
                self._md5.update(block)
                self.size += len(block)

    def cut(self, size: int) -> None:
        """Drop what was written beyond `size` bytes."""
        if size < self.size:
            os.truncate(self.path, size)
            self.reread()

    def finish(self) -> Content:
        """Put the bytes safely on disk, those too that were written before the file was last closed."""
        is_file = self.size > len(self._held)
        if is_file:
            os.fsync(self._opened())
        self.close()
        crc32c = base64.b64encode(self._crc32c.to_bytes(4, "big")).decode()
        md5 = base64.b64encode(self._md5.digest()).decode()
        return Content(self.content_id if is_file else None, self.size, crc32c, md5, bytes(self._held))

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def abandon(self) -> None:
        self.close()
        self._store.discard([self.content_id])


def blocks(path: Path) -> Iterator[bytes]:
    """A file's bytes, a block at a time."""
    with path.open("rb", buffering=0) as file:
        while block := file.read(BLOCK_BYTES):
            yield block


async def save(chunks: AsyncIterator[bytes], writer: ContentWriter) -> bytes:
    """Write a stream, one block on its way to the disk while the next one is received; the rest is given back.

    Everything received before an error (a client that went away, say) is written before the error goes on.
    """
    buffer = bytearray()
    writing: asyncio.Future[None] | None = None
    try:
        async for chunk in chunks:
            buffer += chunk
            if len(buffer) >= BLOCK_BYTES:
                await _written(writing)
                writing = asyncio.ensure_future(run_in_threadpool(writer.write, bytes(buffer)))
                buffer.clear()
    except BaseException:
        await _written(writing)
        writing = None
        await run_in_threadpool(writer.write, bytes(buffer))
        raise
    finally:
        await _written(writing)
    return bytes(buffer)


async def _written(writing: asyncio.Future[None] | None) -> None:
    """Wait for a block. Shielded: a cancelled request must not go on while a thread still writes for it."""
    if writing is not None:
        await asyncio.shield(writing)


async def save_new(
    store: Store, chunks: AsyncIterator[bytes], use: Callable[[Content], Result], small_bytes: int = SMALL_BYTES
) -> Result:
    """Write a stream to a new content and `use` it in a thread; nothing of it is left if either fails.

    What fits in one block takes one step in one thread, for going to and fro costs more than the work. That thread
    alone decides what becomes of the content: it goes on, and may commit, when the request it works for is cancelled.
    """
    writer = ContentWriter(store, small_bytes=small_bytes)

    def finish(rest: bytes) -> Result:
        try:
            writer.write(rest)
            return use(writer.finish())
        except BaseException:
            writer.abandon()
            raise

    try:
        rest = await save(chunks, writer)
    except BaseException:
        writer.abandon()
        raise
    return await run_in_threadpool(finish, rest)


def linked(store: Store, content: Content) -> Content:
    """A second name for the same bytes, for a copy. Raises FileNotFoundError if they were removed meanwhile."""
    if content.id is None:
        return content
    content_id = store.new_content_id()
    store.content_path(content_id).hardlink_to(store.content_path(content.id))
    return replace(content, id=content_id)


def concatenated(store: Store, sources: Iterable[tuple[str | None, bytes]]) -> Content:
    """A new content of other ones, (id, data) each, in sequence. Raises FileNotFoundError if one was removed."""
    writer = ContentWriter(store)
    try:
        for content_id, data in sources:
            for block in blocks(store.content_path(content_id)) if content_id is not None else [data]:
                writer.write(block)
        return writer.finish()
    except BaseException:
        writer.abandon()
        raise


class WrongHashError(GoogleError):
    """Bytes that are not what their sender announced; `xml_code` is what the XML API calls it.

    Source: https://cloud.google.com/storage/docs/xml-api/reference-status (BadDigest) and what Google's client looks
    for (google-cloud-storage 3.10, XMLMPUPart._process_upload_response).
    """

    def __init__(self, message: str, xml_code: str) -> None:
        super().__init__(400, message, "invalid")
        self.xml_code = xml_code


def check_hashes(content: Content, crc32c: str | None, md5: str | None) -> None:
    """Refuse bytes that are not what their sender announced (base64 as in the resource); 400 as Google does."""
    hashes = (("CRC32C", crc32c, content.crc32c, "CrcMismatch"), ("MD5", md5, content.md5, "BadDigest"))
    for name, announced, computed, xml_code in hashes:
        if announced and announced != computed:
            message = f'Provided {name} hash "{announced}" doesn\'t match calculated {name} hash "{computed}".'
            raise WrongHashError(message, xml_code)


def announced_hashes(headers: Mapping[str, str], fields: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """(CRC32C, MD5) a sender claims, in base64: from the metadata, X-Goog-Hash or Content-MD5."""
    hashes = {"crc32c": fields.get("crc32c"), "md5": fields.get("md5Hash") or headers.get("content-md5")}
    for part in headers.get("x-goog-hash", "").split(","):
        name, separator, value = part.strip().partition("=")
        if separator and name in hashes:
            hashes[name] = value
    for name, value in hashes.items():
        if value:
            _check_base64(name, value)
    return hashes["crc32c"], hashes["md5"]


def _check_base64(name: str, value: str) -> None:
    try:
        base64.b64decode(value, validate=True)
    except ValueError as error:
        raise GoogleError(400, f"Invalid {name} {value!r}: it must be base64", "invalid") from error
