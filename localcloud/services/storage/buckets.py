"""Buckets: their resource and IAM policy."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from localcloud.services.common import GoogleError, merged
from localcloud.services.iam.policy import replaced, stamped
from localcloud.services.storage.bucket_settings import WRITABLE, completed
from localcloud.services.storage.offered import check_fields
from localcloud.services.storage.permissions import Grant, check_bindings, check_condition, check_uniform, granted
from localcloud.services.storage.preconditions import Preconditions
from localcloud.services.storage.soft_delete import forget_expired
from localcloud.services.storage.store import Store
from localcloud.services.storage.times import now
from localcloud.settings import LocalCloud

# Source: https://cloud.google.com/storage/docs/buckets#naming
NAME = re.compile(r"(?=.{3,222}$)[a-z0-9][-_a-z0-9]{0,61}[a-z0-9](\.[a-z0-9]([-_a-z0-9]{0,61}[a-z0-9])?)*")
NAME_WITHOUT_DOTS_LENGTH = 63
NOT_THERE = "The specified bucket does not exist."
IP_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")


@dataclass(frozen=True)
class Bucket:
    name: str
    project: str
    resource: dict[str, Any]
    policy: dict[str, Any]
    generation: int = 0

    @property
    def metageneration(self) -> int:
        return int(self.resource["metageneration"])

    @property
    def versioned(self) -> bool:
        return bool(self.resource.get("versioning", {}).get("enabled"))

    @property
    def uniform_access(self) -> bool:
        return self.resource["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"]

    @property
    def requester_pays(self) -> bool:
        return bool((self.resource.get("billing") or {}).get("requesterPays"))

    @property
    def public_access_prevented(self) -> bool:
        return self.resource["iamConfiguration"]["publicAccessPrevention"] == "enforced"

    def grant(self, caller: str | None) -> Grant:
        return granted(self.name, caller, self.policy, self.public_access_prevented)


def get(store: Store, name: str) -> Bucket:
    row = store.row("SELECT name, project, resource, policy FROM buckets WHERE name = ?", name)
    if row is None:
        raise GoogleError(404, NOT_THERE, "notFound")
    return Bucket(row[0], row[1], json.loads(row[2]), json.loads(row[3]))


def list_of(store: Store, project: str, prefix: str) -> list[Bucket]:
    query = (
        "SELECT name, project, resource, policy FROM buckets WHERE project = ? AND substr(name, 1, ?) = ? ORDER BY name"
    )
    rows = store.rows(query, project, len(prefix), prefix)
    return [Bucket(row[0], row[1], json.loads(row[2]), json.loads(row[3])) for row in rows]


def check_name(name: str) -> None:
    too_long = "." not in name and len(name) > NAME_WITHOUT_DOTS_LENGTH
    reserved = name.startswith("goog") or "google" in name
    if too_long or reserved or not NAME.fullmatch(name) or IP_ADDRESS.fullmatch(name):
        message = (
            f"Invalid bucket name: '{name}': use 3-63 of a-z, 0-9, '-', '_', '.', begin and end with a letter or digit"
        )
        raise GoogleError(400, message, "invalid")


def default_policy(project: str) -> dict[str, Any]:
    """What Google grants on a new bucket: the project's owners, editors and viewers."""
    owners = [f"projectEditor:{project}", f"projectOwner:{project}"]
    viewers = [f"projectViewer:{project}"]
    return stamped(
        [
            {"role": "roles/storage.legacyBucketOwner", "members": owners},
            {"role": "roles/storage.legacyBucketReader", "members": viewers},
            {"role": "roles/storage.legacyObjectOwner", "members": owners},
            {"role": "roles/storage.legacyObjectReader", "members": viewers},
        ]
    )


def create(store: Store, project: str, requested: dict[str, Any], *, object_retention: bool) -> Bucket:
    """Make a bucket; with `object_retention` each of its objects can have a retention of its own."""
    name = str(requested.get("name", ""))
    check_name(name)
    check_fields("Bucket", requested, WRITABLE)
    if not project:
        raise GoogleError(400, "Required parameter: project", "required")
    made = now()
    resource = completed(
        {key: value for key, value in requested.items() if key in WRITABLE and value is not None}, made
    )
    resource |= {
        "id": name,
        "name": name,
        "projectNumber": LocalCloud.project_number(project),
        "metageneration": "1",
        "timeCreated": made,
        "updated": made,
        "etag": "CAE=",
    }
    if object_retention:
        resource["objectRetention"] = {"mode": "Enabled"}
    policy = default_policy(project)
    with store.transaction() as connection:
        if connection.execute("SELECT 1 FROM buckets WHERE name = ?", (name,)).fetchone():
            message = f"The bucket name '{name}' is taken: you already own it, or choose another name"
            raise GoogleError(409, message, "conflict")
        generation = store.next_generation(connection)
        resource["generation"] = str(generation)
        connection.execute(
            "INSERT INTO buckets VALUES (?, ?, ?, ?)", (name, project, json.dumps(resource), json.dumps(policy))
        )
    return Bucket(name, project, resource, policy)


def change(store: Store, name: str, body: dict[str, Any], preconditions: Preconditions, *, replace: bool) -> Bucket:
    """PATCH (merge) or PUT (`replace`: what is not in the body is cleared) of a bucket's resource."""
    check_fields("Bucket", body, WRITABLE)
    wanted = {key: value for key, value in body.items() if key in WRITABLE}
    with store.transaction() as connection:
        bucket = get(store, name)
        preconditions.check(bucket)
        kept = bucket.resource
        if replace:
            fixed = ("location", "storageClass", "iamConfiguration")
            kept = {key: value for key, value in kept.items() if key not in WRITABLE or key in fixed}
        changed = completed(merged(kept, wanted), now(), bucket.resource)
        check_uniform(bucket.policy, Bucket(name, bucket.project, changed, bucket.policy).uniform_access)
        return _save(connection, bucket, changed, bucket.policy)


def _save(connection: Any, bucket: Bucket, resource: dict[str, Any], policy: dict[str, Any]) -> Bucket:
    metageneration = bucket.metageneration + 1
    etag = stamped([{"metageneration": metageneration, "name": bucket.name}])["etag"]
    resource = resource | {"metageneration": str(metageneration), "updated": now(), "etag": etag}
    connection.execute(
        "UPDATE buckets SET resource = ?, policy = ? WHERE name = ?",
        (json.dumps(resource), json.dumps(policy), bucket.name),
    )
    return Bucket(bucket.name, bucket.project, resource, policy)


def delete(store: Store, name: str, preconditions: Preconditions) -> None:
    with store.transaction() as connection:
        preconditions.check(get(store, name))
        if connection.execute("SELECT 1 FROM objects WHERE bucket = ? LIMIT 1", (name,)).fetchone():
            raise GoogleError(409, "The bucket you tried to delete is not empty.", "conflict")
        uploads = connection.execute("SELECT id FROM uploads WHERE bucket = ?", (name,)).fetchall()
        parts_query = "SELECT content FROM parts WHERE upload IN (SELECT id FROM uploads WHERE bucket = ?)"
        parts = connection.execute(parts_query, (name,)).fetchall()
        connection.execute("DELETE FROM parts WHERE upload IN (SELECT id FROM uploads WHERE bucket = ?)", (name,))
        for table in ("uploads", "notifications"):
            connection.execute(f"DELETE FROM {table} WHERE bucket = ?", (name,))
        connection.execute("DELETE FROM buckets WHERE name = ?", (name,))
        deleted = forget_expired(connection, name)
    store.discard([*(content_id for (content_id,) in uploads + parts), *deleted])


def set_policy(store: Store, name: str, requested: dict[str, Any]) -> Bucket:
    with store.transaction() as connection:
        bucket = get(store, name)
        check_uniform(requested, bucket.uniform_access)
        policy = replaced(bucket.policy, requested, check_condition)
        check_bindings(policy, bucket.public_access_prevented)
        return _save(connection, bucket, bucket.resource, policy)


def lock_retention(store: Store, name: str, preconditions: Preconditions) -> Bucket:
    """Make a bucket's retention policy permanent."""
    with store.transaction() as connection:
        bucket = get(store, name)
        preconditions.check(bucket)
        retention = bucket.resource.get("retentionPolicy")
        if not retention:
            raise GoogleError(400, f"Bucket {name} has no retention policy to lock", "invalid")
        resource = bucket.resource | {"retentionPolicy": retention | {"isLocked": True}}
        return _save(connection, bucket, resource, bucket.policy)
