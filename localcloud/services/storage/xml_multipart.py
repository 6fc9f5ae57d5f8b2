"""Multipart uploads of the XML API: parts in any order, joined into an object when the upload is completed."""

from __future__ import annotations

import json
import time
from sqlite3 import Connection
from typing import Any
from xml.etree import ElementTree

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from localcloud.services.common import GoogleError
from localcloud.services.storage import objects
from localcloud.services.storage.content import Content, announced_hashes, check_hashes, concatenated, save_new
from localcloud.services.storage.http import StorageCall
from localcloud.services.storage.preconditions import integer
from localcloud.services.storage.times import now
from localcloud.services.storage.xml_text import NAMESPACE, add, document

MOST_PARTS = 10_000


def begin(call: StorageCall, fields: dict[str, Any]) -> Response:
    bucket, grant = call.bucket("storage.multipartUploads.create")
    grant.require("storage.objects.create")
    name = call.path["object"]
    objects.check_name(name)
    upload_id = call.store.new_content_id()
    with call.store.transaction() as connection:
        state = json.dumps({"multipart": fields})
        connection.execute(
            "INSERT INTO uploads VALUES (?, ?, ?, ?, ?)", (upload_id, bucket.name, name, int(time.time()), state)
        )
    root = ElementTree.Element("InitiateMultipartUploadResult", xmlns=NAMESPACE)
    add(root, Bucket=bucket.name, Key=name, UploadId=upload_id)
    return document(root)


def _fields(call: StorageCall) -> dict[str, Any]:
    """Metadata of the upload named in the query; 404 if it isn't one of this object's."""
    query = "SELECT state FROM uploads WHERE id = ? AND bucket = ? AND name = ?"
    row = call.store.row(query, call.query["uploadId"], call.path["bucket"], call.path["object"])
    fields = json.loads(row[0]).get("multipart") if row else None
    if fields is None:
        raise GoogleError(
            404, f"No such upload: {call.query['uploadId']} (completed, aborted, or never begun)", "notFound"
        )
    return fields


async def put_part(call: StorageCall) -> Response:
    number = integer(call.query, "partNumber") or 0
    if not 1 <= number <= MOST_PARTS:
        raise GoogleError(400, f"partNumber must be 1-{MOST_PARTS}, not {number}", "invalid")
    await run_in_threadpool(call.bucket, "storage.multipartUploads.create")
    await run_in_threadpool(_fields, call)
    return await save_new(call.store, call.request.stream(), lambda content: _add_part(call, number, content), 0)


def _add_part(call: StorageCall, number: int, content: Content) -> Response:
    upload_id = call.query["uploadId"]
    check_hashes(content, *announced_hashes(call.headers, {}))
    with call.store.transaction() as connection:
        _fields(call)  # it may have been aborted while the bytes came in
        query = "SELECT content FROM parts WHERE upload = ? AND number = ?"
        replaced = connection.execute(query, (upload_id, number)).fetchall()
        etag = f'"{content.md5_hex}"'
        row = (upload_id, number, content.id, content.size, etag, now())
        connection.execute("INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?, ?)", row)
    call.store.discard(content_id for (content_id,) in replaced)
    return Response(headers={"etag": etag, "x-goog-hash": f"crc32c={content.crc32c},md5={content.md5}"})


def _parts(call: StorageCall) -> dict[int, tuple[str | None, int, str, str]]:
    """{number: (content, size, etag, time)} of an upload, in order."""
    query = "SELECT number, content, size, etag, made FROM parts WHERE upload = ? ORDER BY number"
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in call.store.rows(query, call.query["uploadId"])}


def list_parts(call: StorageCall) -> Response:
    call.bucket("storage.multipartUploads.listParts")
    _fields(call)
    root = ElementTree.Element("ListPartsResult", xmlns=NAMESPACE)
    add(root, Bucket=call.path["bucket"], Key=call.path["object"], UploadId=call.query["uploadId"], IsTruncated="false")
    for number, (_, size, etag, made) in _parts(call).items():
        part = ElementTree.SubElement(root, "Part")
        add(part, PartNumber=str(number), LastModified=made, ETag=etag, Size=str(size))
    return document(root)


def _requested(body: bytes) -> list[tuple[int, str]]:
    """(number, etag) of the parts to join. Errors: 400 for malformed XML, no parts or a wrong order."""
    try:
        root = ElementTree.fromstring(body)
        parts = [
            (int(part.findtext("{*}PartNumber", "")), part.findtext("{*}ETag", ""))
            for part in root.iter()
            if part.tag.endswith("Part")
        ]
    except (ElementTree.ParseError, ValueError) as error:
        raise GoogleError(400, f"Malformed CompleteMultipartUpload: {error}", "invalid") from error
    numbers = [number for number, _ in parts]
    if not parts or numbers != sorted(set(numbers)):
        raise GoogleError(400, "CompleteMultipartUpload must name parts, each once, in ascending order", "invalid")
    return parts


def complete(call: StorageCall, body: bytes) -> Response:
    """Join the named parts to the object; the upload and its parts end in the same transaction."""
    bucket, grant = call.bucket("storage.objects.create")
    fields = _fields(call)
    present = _parts(call)
    wanted = _requested(body)
    for number, etag in wanted:
        if number not in present or present[number][2].strip('"') != etag.strip('"'):
            raise GoogleError(400, f"Part {number} was not uploaded, or with another ETag than {etag}", "invalid")
    joined = concatenated(call.store, [(present[number][0], b"") for number, _ in wanted])
    name = call.path["object"]
    version = objects.add(
        call.store,
        grant,
        bucket.name,
        name,
        fields,
        joined,
        call.preconditions,
        lambda connection, _: _end(call, connection),
    )
    root = ElementTree.Element("CompleteMultipartUploadResult", xmlns=NAMESPACE)
    add(root, Location=f"{call.base_url}/{bucket.name}/{name}", Bucket=bucket.name, Key=name)
    add(root, ETag=f'"{version.content.md5_hex}"')
    return document(root)


def _end(call: StorageCall, connection: Connection) -> list[str | None]:
    """Forget the upload; the content of its parts, to be removed once that is committed. 404 if it ended before."""
    _fields(call)
    contents: list[str | None] = [content for content, *_ in _parts(call).values()]
    connection.execute("DELETE FROM parts WHERE upload = ?", (call.query["uploadId"],))
    connection.execute("DELETE FROM uploads WHERE id = ?", (call.query["uploadId"],))
    return contents


def abort(call: StorageCall) -> Response:
    call.bucket("storage.multipartUploads.abort")
    with call.store.transaction() as connection:
        contents = _end(call, connection)
    call.store.discard(contents)
    return Response(status_code=204)
