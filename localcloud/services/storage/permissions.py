"""Who may do what in a bucket: its IAM policy, the predefined roles, and Google's wording when the answer is no."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from localcloud.services.common import GoogleError
from localcloud.services.iam.conditions import Circumstances, check, holds
from localcloud.services.iam.policy import PUBLIC_MEMBERS
from localcloud.settings import OWNER

SERVICE = "storage.googleapis.com"
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


class Allowance(NamedTuple):
    """The permissions of a role, and the expression that must hold for them, if any."""

    permissions: frozenset[str]
    expression: str | None


@dataclass(frozen=True)
class Grant:
    """What one caller may do in one bucket, and there with one object, or in a listing below a prefix."""

    caller: str | None
    allowances: tuple[Allowance, ...]
    bucket: str
    object: str | None = None
    prefix: str = ""

    def of(self, name: str | None) -> Grant:
        """The same for another object of the bucket."""
        return replace(self, object=name)

    def allows(self, permission: str) -> bool:
        return self.caller == OWNER or any(
            permission in one.permissions and (one.expression is None or self._holds(one.expression, permission))
            for one in self.allowances
        )

    def _holds(self, expression: str, permission: str) -> bool:
        name = self.object if _is_of_object(permission) else None
        return holds(expression, circumstances(self.bucket, name, self.prefix))

    def require(self, permission: str) -> None:
        if not self.allows(permission):
            kind = "object" if permission.startswith("storage.objects.") and _is_of_object(permission) else "bucket"
            raise refusal(self.caller, permission, kind)


def _is_of_object(permission: str) -> bool:
    return not permission.startswith("storage.buckets.") and not permission.endswith(".list")


def circumstances(bucket: str, name: str | None = None, prefix: str = "") -> Circumstances:
    """What the conditions of a bucket's policy are about.

    Source: https://cloud.google.com/iam/docs/conditions-resource-attributes#resource-name
    """
    resource = f"projects/_/buckets/{bucket}" + (f"/objects/{name}" if name is not None else "")
    kind = "Bucket" if name is None else "Object"
    api = {"storage.googleapis.com/objectListPrefix": prefix}
    return Circumstances(resource, f"{SERVICE}/{kind}", SERVICE, datetime.now(UTC), api)


def check_condition(expression: str) -> None:
    """Errors: ConditionError for an expression that can't be evaluated of a bucket."""
    check(expression, circumstances("bucket", "object"))


def granted(bucket: str, caller: str | None, policy: dict[str, Any], public_access_prevented: bool) -> Grant:
    """What a bucket's policy gives to a caller."""
    members = {f"serviceAccount:{caller}"} if caller else set[str]()
    if not public_access_prevented:
        members.update(PUBLIC_MEMBERS if caller else ["allUsers"])
    bindings = (binding for binding in policy["bindings"] if not members.isdisjoint(binding["members"]))
    allowances = (Allowance(ROLES[one["role"]], (one.get("condition") or {}).get("expression")) for one in bindings)
    return Grant(caller, tuple(allowances), bucket)


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


def check_uniform(policy: dict[str, Any], uniform_access: bool) -> None:
    """Refuse (412) conditions where access control lists may decide too.

    Source: https://cloud.google.com/storage/docs/access-control/iam#conditions
    """
    bindings = policy.get("bindings")
    bindings = bindings if isinstance(bindings, list) else []
    if not uniform_access and any(isinstance(one, dict) and one.get("condition") for one in bindings):
        message = "To have conditions in a bucket's policy, enable uniform bucket-level access, and keep it enabled"
        raise GoogleError(412, message, "conditionNotMet")
