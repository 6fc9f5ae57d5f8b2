"""Objects' bytes on their way out: whole or a range, a block at a time."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import ExitStack
from datetime import datetime
from email.utils import format_datetime
from typing import BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from localcloud.services.common import GoogleError
from localcloud.services.storage import customer_keys, object_api, objects
from localcloud.services.storage.content import BLOCK_BYTES
from localcloud.services.storage.gzipped import unpacked
from localcloud.services.storage.http import StorageCall
from localcloud.services.storage.object_fields import DEFAULT_TYPE
from localcloud.services.storage.objects import ObjectVersion

RANGE = re.compile(r"bytes=(?:(\d+)-(\d*)|-(\d+))")


def byte_range(header: str | None, size: int) -> tuple[int, int] | None:
    """(first byte, byte after the last) of a Range header; None for no range, or one that HTTP says to ignore.

    Errors: 416 for a range that begins beyond the end.
    """
    match = RANGE.fullmatch(header.strip()) if header else None
    if match is None:
        return None
    if match[3] is not None:
        start, end = max(0, size - int(match[3])), size
        satisfiable = int(match[3]) > 0 and size > 0
    else:
        start = int(match[1])
        end = min(size, int(match[2]) + 1) if match[2] else size
        if match[2] and int(match[2]) < start:
            return None
        satisfiable = start < size
    if not satisfiable:
        raise GoogleError(
            416, f"Request range not satisfiable: {header} of {size} bytes", "requestedRangeNotSatisfiable"
        )
    return start, end


def headers_of(version: ObjectVersion, *, xml: bool = False) -> dict[str, str]:
    """Headers that describe an object; its etag in the XML API is the MD5 in hexadecimal.

    Source: https://cloud.google.com/storage/docs/xml-api/reference-headers
    """
    resource = version.resource
    hashes = f"crc32c={resource['crc32c']}" + (f",md5={resource['md5Hash']}" if "md5Hash" in resource else "")
    headers = {
        "content-type": resource.get("contentType", DEFAULT_TYPE),
        "etag": f'"{version.content.md5_hex or resource["etag"]}"' if xml else resource["etag"],
        "last-modified": format_datetime(datetime.fromisoformat(resource["updated"]), usegmt=True),
        "accept-ranges": "bytes",
        "x-goog-hash": hashes,
        "x-goog-generation": str(version.generation),
        "x-goog-metageneration": str(version.metageneration),
        "x-goog-storage-class": resource["storageClass"],
        "x-goog-stored-content-length": str(version.size),
        "x-goog-stored-content-encoding": resource.get("contentEncoding", "identity"),
    }
    for header, field in (
        ("cache-control", "cacheControl"),
        ("content-disposition", "contentDisposition"),
        ("content-encoding", "contentEncoding"),
        ("content-language", "contentLanguage"),
    ):
        if resource.get(field):
            headers[header] = resource[field]
    for key, value in (resource.get("metadata") or {}).items():
        headers[f"x-goog-meta-{key}"] = str(value)
    # Header lines are Latin-1 to the server underneath, UTF-8 to Google's clients, and end where a line does.
    return {name: " ".join(value.splitlines()).encode().decode("latin-1") for name, value in headers.items()}


def _asked(call: StorageCall) -> dict[str, str]:
    """Headers that the XML API's caller wants in the place of the object's own."""
    names = ("content-type", "content-disposition")
    wanted = {name: call.query.get(f"response-{name}") for name in names if call.xml}
    return {name: " ".join(value.splitlines()).encode().decode("latin-1") for name, value in wanted.items() if value}


def download(call: StorageCall) -> Response:
    """An object's bytes, small ones at once. Errors: as object_api.find, 416 for a range beyond the end."""
    key = customer_keys.given(call.headers)
    version, file = objects.opened(call.store, lambda: object_api.find(call))
    with ExitStack() as opened:
        opened.enter_context(file)
        if call.request.method != "HEAD" or key:
            customer_keys.check(version, key)
        headers = headers_of(version, xml=call.xml) | _asked(call)
        takes_gzip = "gzip" in call.headers.get("accept-encoding", "")
        unpack = version.resource.get("contentEncoding") == "gzip" and not takes_gzip
        part = None if unpack else byte_range(call.headers.get("range"), version.size)
        start, end = part or (0, version.size)
        status = 206 if part else 200
        if part:
            headers["content-range"] = f"bytes {start}-{end - 1}/{version.size}"
        if unpack:  # Google's decompressive transcoding: the length is not known, ranges don't apply
            del headers["content-encoding"]
            headers["warning"] = "214 UploadServer gunzipped"
        else:
            headers["content-length"] = str(end - start)
        if call.request.method == "HEAD":
            return Response(b"", status, headers)
        if end - start <= BLOCK_BYTES and not unpack:
            file.seek(start)
            return Response(file.read(end - start), status, headers)
        opened.pop_all()  # the answer closes it
    content = blocks_between(file, start, end)
    return StreamingResponse(unpacked(content) if unpack else content, status, headers)


async def blocks_between(file: BinaryIO, start: int, end: int) -> AsyncIterator[bytes]:
    """A file's bytes from start up to end; the file is closed when this ends, however it ends."""
    with file:
        file.seek(start)
        while start < end:
            block = await run_in_threadpool(file.read, min(BLOCK_BYTES, end - start))
            if not block:
                raise OSError("A content file is shorter than its object")
            start += len(block)
            yield block
