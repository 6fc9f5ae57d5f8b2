"""Versions of objects: finding, adding, changing and removing them, each change in one transaction."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any, BinaryIO

from localcloud.services.common import GoogleError, merged
from localcloud.services.storage import buckets, retention
from localcloud.services.storage.bucket_settings import check_storage_class
from localcloud.services.storage.buckets import Bucket
from localcloud.services.storage.content import Content
from localcloud.services.storage.object_fields import (
    DEFAULT_TYPE,
    MADE,
    WRITABLE,
    check_custom_time,
    checked,
)
from localcloud.services.storage.permissions import Grant
from localcloud.services.storage.preconditions import Preconditions
from localcloud.services.storage.soft_delete import forget_expired, keep_deleted
from localcloud.services.storage.store import Store
from localcloud.services.storage.times import now

LONGEST_NAME_BYTES = 1024
COLUMNS = "bucket, name, generation, live, content, resource"  # what a listing needs


@dataclass(frozen=True)
class ObjectVersion:
    bucket: str
    name: str
    generation: int
    live: bool
    content_id: str | None
    resource: dict[str, Any]
    data: bytes = b""  # of a small content; not read by listings

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> ObjectVersion:
        """From a row of COLUMNS, and the data if it is there."""
        return cls(row[0], row[1], row[2], bool(row[3]), row[4], json.loads(row[5]), *row[6:])

    @property
    def metageneration(self) -> int:
        return int(self.resource["metageneration"])

    @property
    def size(self) -> int:
        return int(self.resource["size"])

    @property
    def content(self) -> Content:
        return Content(self.content_id, self.size, self.resource["crc32c"], self.resource.get("md5Hash"), self.data)


def check_name(name: str) -> None:
    """Source: https://cloud.google.com/storage/docs/objects#naming"""
    size = len(name.encode("utf-8", "surrogatepass"))
    if not 1 <= size <= LONGEST_NAME_BYTES or name in (".", "..") or "\r" in name or "\n" in name:
        raise GoogleError(
            400, f"Invalid object name {name!r}: 1-{LONGEST_NAME_BYTES} bytes of UTF-8 in one line", "invalid"
        )


def find(
    store: Store, bucket: str, name: str, generation: int | None = None, *, table: str = "objects"
) -> ObjectVersion | None:
    """The live version, or the one of that generation (of `restorable` ones too); None if there is none."""
    condition, argument = ("live", ()) if generation is None else ("generation = ?", (generation,))
    row = store.row(
        f"SELECT {COLUMNS}, data FROM {table} WHERE bucket = ? AND name = ? AND {condition}", bucket, name, *argument
    )
    return ObjectVersion.of(row) if row else None


def get(
    store: Store, bucket: str, name: str, generation: int | None = None, *, table: str = "objects"
) -> ObjectVersion:
    version = find(store, bucket, name, generation, table=table)
    if version is None:
        suffix = f"#{generation}" if generation is not None else ""
        raise GoogleError(404, f"No such object: {bucket}/{name}{suffix}", "notFound")
    return version


def opened(store: Store, find_version: Callable[[], ObjectVersion]) -> tuple[ObjectVersion, BinaryIO]:
    """A version and its bytes, opened: they stay readable when the version is replaced."""
    while True:
        version = find_version()
        if version.content_id is None:
            return version, io.BytesIO(version.data)
        try:
            return version, store.content_path(version.content_id).open("rb", buffering=0)
        except FileNotFoundError:
            require_content(store, version)


def require_content(store: Store, version: ObjectVersion) -> None:
    """For a reader who found no content file. Errors: 500 if it is missing from the disk.

    No error if the version was replaced since it was found: there is another one now, or none. Look again.
    """
    gone = version.content_id is not None and not store.content_path(version.content_id).exists()
    if gone and find(store, version.bucket, version.name, version.generation) == version:
        message = f"The content of {version.bucket}/{version.name} is missing from the disk of the local cloud"
        raise GoogleError(500, message, "contentMissing")


def _etag(generation: int, metageneration: int) -> str:
    return base64.b64encode(f"{generation}/{metageneration}".encode()).decode()


def new_resource(bucket: Bucket, name: str, fields: dict[str, Any], content: Content) -> dict[str, Any]:
    """A new object's resource but for what its generation decides. Errors: 400 for a field of another type."""
    made = {key: fields[key] for key in MADE if fields.get(key)}
    fields = checked(fields)
    resource = {key: value for key, value in fields.items() if key in WRITABLE and value is not None} | made
    resource["metadata"] = {key: value for key, value in (fields.get("metadata") or {}).items() if value is not None}
    time = now()
    resource |= {
        "name": name,
        "bucket": bucket.name,
        "metageneration": "1",
        "storageClass": resource.get("storageClass") or bucket.resource["storageClass"],
        "size": str(content.size),
        "crc32c": content.crc32c,
        "timeCreated": time,
        "updated": time,
        "timeStorageClassUpdated": time,
        "timeFinalized": time,
    }
    if not resource["metadata"]:
        del resource["metadata"]
    if content.md5 is not None:
        resource["md5Hash"] = content.md5
    check_storage_class(resource["storageClass"])
    if bucket.resource.get("defaultEventBasedHold"):
        resource.setdefault("eventBasedHold", True)
    retention.check_enabled(bucket.resource, resource)
    key = fields.get("kmsKeyName")
    if "customerEncryption" in made:
        if key:
            raise GoogleError(400, "An object has a customer-supplied key or a Cloud KMS key, not both", "invalid")
    else:
        key = key or (bucket.resource.get("encryption") or {}).get("defaultKmsKeyName")
    if key:
        resource["kmsKeyName"] = key if "/cryptoKeyVersions/" in key else f"{key}/cryptoKeyVersions/1"
    return resource


def _remove(connection: Connection, bucket: Bucket, version: ObjectVersion, *, forever: bool) -> list[str | None]:
    """Take a version away, or make it noncurrent in a versioned bucket. Gives the content no row names any more."""
    key = (version.bucket, version.name, version.generation)
    where = "WHERE bucket = ? AND name = ? AND generation = ?"
    if bucket.versioned and version.live and not forever:
        resource = json.dumps(version.resource | {"timeDeleted": now()})
        connection.execute(f"UPDATE objects SET live = 0, resource = ? {where}", (resource, *key))
        return []
    retention.check_removal(bucket.resource, version.resource)
    kept = keep_deleted(connection, bucket.resource["softDeletePolicy"], key, version.resource)
    connection.execute(f"DELETE FROM objects {where}", key)
    return [] if kept else [version.content_id]


def add(
    store: Store,
    grant: Grant,
    bucket_name: str,
    name: str,
    fields: dict[str, Any],
    content: Content,
    preconditions: Preconditions,
    also: Callable[[Connection, ObjectVersion], list[str | None]] | None = None,
) -> ObjectVersion:
    """Make new content the live version of an object; `also` may change more rows in the same transaction.

    The content is this function's from here on: it is removed if the object isn't added. Errors: 412 by the
    preconditions, 401 or 403 if the caller may not replace (that needs storage.objects.delete, as in Google), 404 if
    the bucket is gone.
    """
    try:
        check_name(name)
        with store.transaction() as connection:
            bucket = buckets.get(store, bucket_name)
            resource = new_resource(bucket, name, fields, content)
            current = find(store, bucket_name, name)
            preconditions.check(current)
            removed: list[str | None] = []
            if current is not None:
                grant.require("storage.objects.delete")
                removed = _remove(connection, bucket, current, forever=False)
            generation = store.next_generation(connection)
            resource |= {"generation": str(generation), "etag": _etag(generation, 1)}
            row = (bucket_name, name, generation, 1, content.id, json.dumps(resource), content.data)
            connection.execute("INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            version = ObjectVersion(bucket_name, name, generation, True, content.id, resource, content.data)
            removed += also(connection, version) if also else []
            removed += forget_expired(connection)
    except BaseException:
        store.discard([content.id])
        raise
    store.discard(content_id for content_id in removed if content_id != content.id)
    return version


def change(
    store: Store,
    bucket: str,
    name: str,
    generation: int | None,
    body: dict[str, Any],
    preconditions: Preconditions,
    *,
    replace: bool,
    override_unlocked: bool = False,
) -> ObjectVersion:
    """PATCH (merge) or PUT (`replace`) of an object's metadata; the metageneration goes up by one.

    Errors: 400 for a field of another type, 403 for a retention made weaker (`override_unlocked` allows it of one
    that is not locked).
    """
    wanted = {key: value for key, value in checked(body).items() if key in WRITABLE}
    with store.transaction() as connection:
        version = get(store, bucket, name, generation)
        preconditions.check(version)
        kept = version.resource
        if replace:
            kept = {key: value for key, value in kept.items() if key not in WRITABLE or key == "storageClass"}
        metageneration = version.metageneration + 1
        defaults = {"contentType": DEFAULT_TYPE, "storageClass": version.resource["storageClass"]}
        resource = defaults | merged(kept, wanted)
        check_storage_class(resource["storageClass"])
        check_custom_time(version.resource, resource)
        retention.check_change(buckets.get(store, bucket).resource, version.resource, resource, override_unlocked)
        resource |= {
            "metageneration": str(metageneration),
            "updated": now(),
            "etag": _etag(version.generation, metageneration),
        }
        key = (bucket, name, version.generation)
        query = "UPDATE objects SET resource = ? WHERE bucket = ? AND name = ? AND generation = ?"
        connection.execute(query, (json.dumps(resource), *key))
    return ObjectVersion(bucket, name, version.generation, version.live, version.content_id, resource, version.data)


def delete(store: Store, bucket_name: str, name: str, generation: int | None, preconditions: Preconditions) -> None:
    """Remove an object: its live version (noncurrent then in a versioned bucket), or one generation for good."""
    with store.transaction() as connection:
        bucket = buckets.get(store, bucket_name)
        version = get(store, bucket_name, name, generation)
        preconditions.check(version)
        removed = _remove(connection, bucket, version, forever=generation is not None) + forget_expired(connection)
    store.discard(removed)


def removed(store: Store, sources: list[ObjectVersion]) -> Callable[[Connection, ObjectVersion], list[str | None]]:
    """What a move does besides adding the copy: its sources go, in the same transaction (404 if one went before)."""

    def remove(connection: Connection, added: ObjectVersion) -> list[str | None]:
        contents: list[str | None] = []
        for source in sources:
            if (source.bucket, source.name) != (added.bucket, added.name):  # that one was replaced
                current = get(store, source.bucket, source.name, source.generation)
                contents += _remove(connection, buckets.get(store, source.bucket), current, forever=False)
        return contents

    return remove
