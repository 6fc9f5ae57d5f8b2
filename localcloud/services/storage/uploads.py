"""Objects' bytes on their way in by the JSON API: simple and multipart uploads, and the start of resumable ones."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from localcloud.services.common import GoogleError, json_object
from localcloud.services.storage import customer_keys, objects, resumable
from localcloud.services.storage.content import BLOCK_BYTES, Content, announced_hashes, check_hashes, save_new
from localcloud.services.storage.http import StorageCall, body_stream
from localcloud.services.storage.object_fields import DEFAULT_TYPE, checked
from localcloud.services.storage.related import split


async def upload(call: StorageCall) -> dict[str, Any] | Response:
    """POST (or PUT) below /upload: which kind it is stands in uploadType."""
    if "upload_id" in call.query:
        return await resumable.receive(call)
    kind = call.query.get("uploadType", "")
    if kind == "resumable":
        return await _begin_resumable(call)
    if kind == "multipart":
        related = await split(body_stream(call.request), call.headers.get("content-type", ""))
        fields, chunks = {"contentType": related.content_type or None} | related.metadata, related.media
    elif kind == "media":
        fields, chunks = {"contentType": call.headers.get("content-type")}, body_stream(call.request)
    else:
        raise GoogleError(400, f"Invalid uploadType {kind!r}: media, multipart or resumable", "invalid")
    fields = with_parameters(call, fields)
    if int(call.headers.get("content-length", BLOCK_BYTES)) >= BLOCK_BYTES:  # refused before the bytes are taken in
        await run_in_threadpool(call.bucket, "storage.objects.create", of=str(fields.get("name", "")))
    return await save_new(call.store, chunks, lambda content: _add(call, fields, content))


def with_parameters(call: StorageCall, fields: dict[str, Any]) -> dict[str, Any]:
    """An upload's metadata, checked, and completed by what may stand in its query."""
    given = {key: call.query[key] for key in ("name", "contentEncoding", "kmsKeyName") if call.query.get(key)}
    named = {
        "contentType": fields.get("contentType") or DEFAULT_TYPE,
        customer_keys.FIELD: customer_keys.given(call.headers),
    }
    return checked(fields | given) | named


def _add(call: StorageCall, fields: dict[str, Any], content: Content) -> dict[str, Any]:
    name, preconditions = str(fields.get("name", "")), call.preconditions
    _, grant = call.bucket("storage.objects.create", of=name)
    check_hashes(content, *announced_hashes(call.headers, fields))
    version = objects.add(call.store, grant, call.path["bucket"], name, fields, content, preconditions)
    return call.object_resource(version)


async def _begin_resumable(call: StorageCall) -> Response:
    fields = json_object(await call.read(call.request))
    content_type = call.headers.get("x-upload-content-type")
    fields = with_parameters(call, ({"contentType": content_type} if content_type else {}) | fields)
    upload_id = await run_in_threadpool(resumable.begin, call, fields)
    location = f"{call.base_url}{call.request.url.path}?uploadType=resumable&upload_id={upload_id}"
    return Response(headers={"location": location, "x-guploader-uploadid": upload_id})
