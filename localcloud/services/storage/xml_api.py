"""The XML API at the bare paths /BUCKET and /BUCKET/OBJECT: reading, writing, listing and multipart uploads.

For clients of S3's dialect that send a bearer token, and google-cloud-storage's parallel uploads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from localcloud.services.common import GoogleError
from localcloud.services.storage import (
    copying,
    customer_keys,
    downloads,
    listing,
    object_api,
    objects,
    resumable,
    xml_multipart,
)
from localcloud.services.storage.content import Content, announced_hashes, check_hashes, save_new
from localcloud.services.storage.http import StorageCall, decoded
from localcloud.services.storage.object_fields import DEFAULT_TYPE
from localcloud.services.storage.objects import ObjectVersion
from localcloud.services.storage.preconditions import Preconditions, integer
from localcloud.services.storage.xml_text import NAMESPACE, add, document

FIELDS = {
    "content-type": "contentType",
    "content-encoding": "contentEncoding",
    "content-disposition": "contentDisposition",
    "content-language": "contentLanguage",
    "cache-control": "cacheControl",
    "x-goog-storage-class": "storageClass",
    "x-goog-custom-time": "customTime",
    "x-goog-encryption-kms-key-name": "kmsKeyName",
}
METADATA_PREFIXES = ("x-goog-meta-", "x-amz-meta-")


def described_by(headers: Mapping[str, str]) -> dict[str, Any]:
    """An object's metadata from the headers of its upload, or from the fields of a form, which are named alike."""
    fields: dict[str, Any] = {"contentType": DEFAULT_TYPE}
    fields |= {field: headers[header] for header, field in FIELDS.items() if header in headers}
    metadata = {
        header.removeprefix(prefix): value
        for header, value in headers.items()
        for prefix in METADATA_PREFIXES
        if header.startswith(prefix)
    }
    fields[customer_keys.FIELD] = customer_keys.given(headers)
    return fields | ({"metadata": metadata} if metadata else {})


def fields_of(call: StorageCall) -> dict[str, Any]:
    return described_by(call.headers)


def list_objects(call: StorageCall) -> Response:
    """GET of a bucket: list type 2, or 1 where the caller doesn't say."""
    bucket, _ = call.bucket("storage.objects.list")
    if call.request.method == "HEAD":
        return Response()
    second = call.query.get("list-type") == "2"
    after = call.query.get("start-after" if second else "marker", "")
    query = listing.Query(
        bucket=bucket.name,
        prefix=call.query.get("prefix", ""),
        delimiter=call.query.get("delimiter", ""),
        start=_behind(after, call.query.get("delimiter", "")) if after else "",
        page_size=integer(call.query, "max-keys") or listing.LARGEST_PAGE,
        page_token=call.query.get("continuation-token", ""),
    )
    page = listing.page(call.store, query)
    root = ElementTree.Element("ListBucketResult", xmlns=NAMESPACE)
    add(root, Name=bucket.name, Prefix=query.prefix, IsTruncated=str(bool(page.next_token)).lower())
    if second:
        add(root, KeyCount=str(len(page)))
    if page.next_token:
        last = max([version.name for version in page.items] + page.prefixes)
        add(root, **({"NextContinuationToken": page.next_token} if second else {"NextMarker": last}))
    for version in page.items:
        item = ElementTree.SubElement(root, "Contents")
        resource = version.resource
        add(item, Key=version.name, Generation=str(version.generation), MetaGeneration=str(version.metageneration))
        etag = downloads.headers_of(version, xml=True)["etag"]
        add(
            item,
            LastModified=resource["updated"],
            ETag=etag,
            Size=resource["size"],
            StorageClass=resource["storageClass"],
        )
    for prefix in page.prefixes:
        add(ElementTree.SubElement(root, "CommonPrefixes"), Prefix=prefix)
    return document(root)


def _behind(after: str, delimiter: str) -> str:
    """Where a listing goes on after a name, or after a common prefix with all that is below it."""
    is_prefix = bool(delimiter) and after.endswith(delimiter)
    return after + (listing.LAST_CHARACTER if is_prefix else "\0")


def get_object(call: StorageCall) -> Response:
    return xml_multipart.list_parts(call) if "uploadId" in call.query else downloads.download(call)


async def put_object(call: StorageCall) -> Response:
    if "upload_id" in call.query:
        return await _resumed(call)
    if "partNumber" in call.query:
        return await xml_multipart.put_part(call)
    _, grant = await run_in_threadpool(call.bucket, "storage.objects.create")
    source = call.headers.get("x-goog-copy-source") or call.headers.get("x-amz-copy-source")
    if source is not None:
        return await run_in_threadpool(_copy, call, decoded(source).lstrip("/"))

    def add_object(content: Content) -> ObjectVersion:
        check_hashes(content, *announced_hashes(call.headers, {}))
        name, preconditions = call.path["object"], call.preconditions
        return objects.add(call.store, grant, call.path["bucket"], name, fields_of(call), content, preconditions)

    # Unlike in the JSON API, Content-Encoding describes the object, not how its bytes are sent.
    return Response(headers=_written(await save_new(call.store, call.request.stream(), add_object)))


async def _resumed(call: StorageCall) -> Response:
    """A piece of a resumable upload; whoever has its address needs no token."""
    answer = await resumable.receive(call)
    if isinstance(answer, Response):
        return answer
    version = await run_in_threadpool(
        objects.get, call.store, answer["bucket"], answer["name"], int(answer["generation"])
    )
    return Response(headers=_written(version))


def _begun(call: StorageCall) -> Response:
    """The answer to POST with `x-goog-resumable: start`: where to put the bytes."""
    upload_id = resumable.begin(call, fields_of(call) | {"name": call.path["object"]})
    return Response(
        status_code=201, headers={"location": f"{call.base_url}{call.request.scope['path']}?upload_id={upload_id}"}
    )


def _written(version: ObjectVersion) -> dict[str, str]:
    headers = downloads.headers_of(version, xml=True)
    return {name: headers[name] for name in ("etag", "x-goog-generation", "x-goog-metageneration", "x-goog-hash")}


def _copy(call: StorageCall, source: str) -> Response:
    from_bucket, _, from_object = source.partition("/")
    call.bucket("storage.objects.get", from_bucket, of=from_object)
    bucket, grant = call.bucket("storage.objects.create")
    directive = call.headers.get("x-goog-metadata-directive") or call.headers.get("x-amz-metadata-directive")
    fields = fields_of(call) if directive == "REPLACE" else {}
    found = (from_bucket, from_object, None)
    name = call.path["object"]
    version = copying.copy(
        call.store,
        found,
        Preconditions(),
        grant,
        bucket.name,
        name,
        fields,
        call.preconditions,
        keys=call.keys_of_copy(),
    )
    root = ElementTree.Element("CopyObjectResult")
    add(root, LastModified=version.resource["updated"], ETag=downloads.headers_of(version, xml=True)["etag"])
    return document(root)


async def post_object(call: StorageCall) -> Response:
    if call.headers.get("x-goog-resumable") == "start":
        return await run_in_threadpool(_begun, call)
    if "uploads" in call.query:
        return await run_in_threadpool(xml_multipart.begin, call, fields_of(call))
    if "uploadId" in call.query:
        return await run_in_threadpool(xml_multipart.complete, call, await call.request.body())
    raise GoogleError(400, "POST of an object needs ?uploads, ?uploadId, or x-goog-resumable: start", "invalid")


async def delete_object(call: StorageCall) -> Response | None:
    if "upload_id" in call.query:
        return await resumable.cancel(call)
    return await run_in_threadpool(_deleted, call)


def _deleted(call: StorageCall) -> Response | None:
    return xml_multipart.abort(call) if "uploadId" in call.query else object_api.delete(call)
