"""Who may do what in a bucket: its IAM policy, the predefined roles, and Google's wording when the answer is no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from localcloud.services.common import GoogleError
from localcloud.services.iam.policy import PUBLIC_MEMBERS
from localcloud.settings import OWNER

_MULTIPART = frozenset(f"storage.multipartUploads.{verb}" for verb in ("create", "abort", "list", "listParts"))
_OBJECTS = frozenset(f"storage.objects.{verb}" for verb in ("get", "list", "create", "delete", "update", "restore"))
_OBJECT_POLICY = frozenset({"storage.objects.getIamPolicy", "storage.objects.setIamPolicy"})
_BUCKET_READER = frozenset({"storage.buckets.get", "storage.objects.list", "storage.multipartUploads.list"})
_BUCKET_WRITER = _BUCKET_READER | {"storage.objects.create", "storage.objects.delete"} | _MULTIPART
_BUCKET_POLICY = frozenset({"storage.buckets.getIamPolicy", "storage.buckets.setIamPolicy"})
_BUCKET_OWNER = _BUCKET_WRITER | _BUCKET_POLICY | {"storage.buckets.update"}

# Source: https://cloud.google.com/storage/docs/access-control/iam-roles
ROLES: dict[str, frozenset[str]] = {
    "roles/storage.objectViewer": frozenset({"storage.objects.get", "storage.objects.list"}),
    "roles/storage.objectCreator": frozenset({"storage.objects.create"})
    | (_MULTIPART - {"storage.multipartUploads.list"}),
    "roles/storage.objectUser": _OBJECTS | _MULTIPART,
    "roles/storage.objectAdmin": _OBJECTS | _OBJECT_POLICY | _MULTIPART,
    "roles/storage.admin": _OBJECTS | _OBJECT_POLICY | _BUCKET_OWNER | {"storage.buckets.delete"},
    "roles/storage.bucketViewer": frozenset({"storage.buckets.get"}),
    "roles/storage.insightsCollectorService": frozenset({"storage.buckets.get"}),
    "roles/storage.legacyBucketReader": _BUCKET_READER,
    "roles/storage.legacyBucketWriter": _BUCKET_WRITER,
    "roles/storage.legacyBucketOwner": _BUCKET_OWNER,
    "roles/storage.legacyObjectReader": frozenset({"storage.objects.get"}),
    "roles/storage.legacyObjectOwner": frozenset({"storage.objects.get", "storage.objects.update"}) | _OBJECT_POLICY,
}


def refusal(caller: str | None, permission: str, kind: str) -> GoogleError:
    """401 for nobody, 403 for somebody, in Google's words; `kind` is what it is about: object, bucket or project."""
    who = caller or "Anonymous caller"
    what = "Google Cloud project" if kind == "project" else f"Google Cloud Storage {kind}"
    message = (
        f"{who} does not have {permission} access to the {what}. "
        f"Permission '{permission}' denied on resource (or it may not exist)."
    )
    return GoogleError(403, message, "forbidden") if caller else GoogleError(401, message, "required")


@dataclass(frozen=True)
class Grant:
    """What one caller may do in one bucket."""

    caller: str | None
    permissions: frozenset[str]

    def allows(self, permission: str) -> bool:
        return self.caller == OWNER or permission in self.permissions

    def require(self, permission: str) -> None:
        if not self.allows(permission):
            is_object = permission.startswith("storage.objects.") and permission != "storage.objects.list"
            raise refusal(self.caller, permission, "object" if is_object else "bucket")


def granted(caller: str | None, policy: dict[str, Any], public_access_prevented: bool) -> Grant:
    """What a bucket's policy gives to a caller."""
    members = {f"serviceAccount:{caller}"} if caller else set[str]()
    if not public_access_prevented:
        members.update(PUBLIC_MEMBERS if caller else ["allUsers"])
    roles = (b["role"] for b in policy["bindings"] if not members.isdisjoint(b["members"]))
    return Grant(caller, frozenset().union(*(ROLES[role] for role in roles)))


def check_bindings(policy: dict[str, Any], public_access_prevented: bool) -> None:
    """Refuse roles that mean nothing on a bucket (400) and public members where they are prevented (412)."""
    for binding in policy["bindings"]:
        if binding["role"] not in ROLES:
            raise GoogleError(400, f"Role {binding['role']} is not supported for this resource.", "invalid")
        if public_access_prevented and not set(PUBLIC_MEMBERS).isdisjoint(binding["members"]):
            message = (
                "The member bindings allUsers and allAuthenticatedUsers are not allowed since public access "
                "prevention is enforced."
            )
            raise GoogleError(412, message, "conditionNotMet")
