"""Handlers of the JSON API for objects, but for their bytes (downloads.py, uploads.py)."""

from __future__ import annotations

from typing import Any

from localcloud.services.common import GoogleError
from localcloud.services.storage import copying, customer_keys, listing, objects
from localcloud.services.storage.http import StorageCall
from localcloud.services.storage.objects import ObjectVersion
from localcloud.services.storage.preconditions import NotModifiedError, Preconditions, failed, integer


def check_etags(call: StorageCall, version: ObjectVersion) -> None:
    """The HTTP way of saying ifGenerationMatch: If-Match and If-None-Match with etags."""
    own = {version.resource["etag"], version.content.md5_hex, "*"}
    wanted, unwanted = call.headers.get("if-match"), call.headers.get("if-none-match")
    if wanted is not None and own.isdisjoint(_etags(wanted)):
        raise failed()
    if unwanted is not None and not own.isdisjoint(_etags(unwanted)):
        raise NotModifiedError


def _etags(header: str) -> set[str]:
    return {etag.strip().strip('"') for etag in header.split(",")}


def find(call: StorageCall) -> ObjectVersion:
    """The version a read is about, with its permission and preconditions checked."""
    bucket, _ = call.bucket("storage.objects.get")
    generation, deleted = integer(call.query, "generation"), call.flag("softDeleted")
    if deleted and (generation is None or call.query.get("alt") == "media"):
        raise GoogleError(
            400, "A soft-deleted object has a generation, and no content until it is restored", "required"
        )
    table = "restorable" if deleted else "objects"
    version = objects.get(call.store, bucket.name, call.path["object"], generation, table=table)
    call.preconditions.check(version, read=True)
    check_etags(call, version)
    return version


def get(call: StorageCall) -> dict[str, Any]:
    return call.object_resource(find(call))


def list_of(call: StorageCall) -> dict[str, Any]:
    bucket, _ = call.bucket("storage.objects.list")
    if call.flag("versions") and call.flag("softDeleted"):
        raise GoogleError(400, "versions and softDeleted can't both be true", "invalid")
    query = listing.Query(
        bucket=bucket.name,
        prefix=call.query.get("prefix", ""),
        delimiter=call.query.get("delimiter", ""),
        include_trailing_delimiter=call.flag("includeTrailingDelimiter"),
        start=call.query.get("startOffset", ""),
        end=call.query.get("endOffset", ""),
        glob=call.query.get("matchGlob", ""),
        versions=call.flag("versions"),
        deleted=call.flag("softDeleted"),
        page_size=integer(call.query, "maxResults") or listing.LARGEST_PAGE,
        page_token=call.query.get("pageToken", ""),
    )
    page = listing.page(call.store, query)
    answer: dict[str, Any] = {"kind": "storage#objects"}
    if page.items:
        answer["items"] = [call.object_resource(version) for version in page.items]
    if page.prefixes:
        answer["prefixes"] = page.prefixes
    if page.next_token:
        answer["nextPageToken"] = page.next_token
    return answer


def _changed(call: StorageCall, *, replace: bool) -> dict[str, Any]:
    bucket, _ = call.bucket("storage.objects.update")
    version = objects.change(
        call.store,
        bucket.name,
        call.path["object"],
        integer(call.query, "generation"),
        call.body,
        call.preconditions,
        replace=replace,
        override_unlocked=call.flag("overrideUnlockedRetention"),
    )
    return call.object_resource(version)


def patch(call: StorageCall) -> dict[str, Any]:
    return _changed(call, replace=False)


def update(call: StorageCall) -> dict[str, Any]:
    return _changed(call, replace=True)


def delete(call: StorageCall) -> None:
    bucket, _ = call.bucket("storage.objects.delete")
    generation = integer(call.query, "generation")
    objects.delete(call.store, bucket.name, call.path["object"], generation, call.preconditions)


def _copied(call: StorageCall, *, move: bool = False) -> ObjectVersion:
    source_bucket, source_grant = call.bucket("storage.objects.get")
    if move:
        source_grant.require("storage.objects.delete")
    bucket, grant = call.bucket(
        "storage.objects.create", call.path.get("to_bucket", source_bucket.name), of=call.path["to_object"]
    )
    key = call.query.get("destinationKmsKeyName")
    fields = call.body | ({"kmsKeyName": key} if key else {})
    return copying.copy(
        call.store,
        (source_bucket.name, call.path["object"], integer(call.query, "sourceGeneration")),
        Preconditions.of(call.query, "ifSource"),
        grant,
        bucket.name,
        call.path["to_object"],
        fields,
        call.preconditions,
        keys=call.keys_of_copy(move=move),
        move=move,
    )


def copy(call: StorageCall) -> dict[str, Any]:
    return call.object_resource(_copied(call))


def rewrite(call: StorageCall) -> dict[str, Any]:
    """A rewrite is always done in one call here, whatever maxBytesRewrittenPerCall allows."""
    version = _copied(call)
    return {
        "kind": "storage#rewriteResponse",
        "totalBytesRewritten": str(version.size),
        "objectSize": str(version.size),
        "done": True,
        "resource": call.object_resource(version),
    }


def move(call: StorageCall) -> dict[str, Any]:
    return call.object_resource(_copied(call, move=True))


def compose(call: StorageCall) -> dict[str, Any]:
    bucket, grant = call.bucket("storage.objects.create")
    also = {"kmsKeyName": call.query.get("kmsKeyName"), customer_keys.FIELD: customer_keys.given(call.headers)}
    fields = {name: value for name, value in also.items() if value}
    name = call.path["object"]
    version = copying.compose(call.store, grant, bucket.name, name, call.body, fields, call.preconditions)
    return call.object_resource(version)


def restore(call: StorageCall) -> dict[str, Any]:
    bucket, grant = call.bucket("storage.objects.restore")
    grant.require("storage.objects.create")
    generation = integer(call.query, "generation")
    if generation is None:
        raise GoogleError(400, "Required parameter: generation", "required")
    source = (bucket.name, call.path["object"], generation)
    return call.object_resource(copying.restore(call.store, grant, source, call.preconditions))
