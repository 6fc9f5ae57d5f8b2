"""What a bucket's resource may say: its defaults, and what is refused."""

from __future__ import annotations

import re
from typing import Any

from localcloud.services.common import GoogleError, object_in

# What may be set, by its form.
OBJECTS = (
    "autoclass",
    "billing",
    "customPlacementConfig",
    "encryption",
    "hierarchicalNamespace",
    "iamConfiguration",
    "ipFilter",
    "labels",
    "lifecycle",
    "logging",
    "objectRetention",
    "retentionPolicy",
    "softDeletePolicy",
    "versioning",
    "website",
)
LISTS = ("acl", "cors", "defaultObjectAcl")
WRITABLE = frozenset([*OBJECTS, *LISTS, "defaultEventBasedHold", "location", "rpo", "storageClass"])
STORAGE_CLASSES = frozenset(
    ["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE", "MULTI_REGIONAL", "REGIONAL", "DURABLE_REDUCED_AVAILABILITY"]
)
LIFECYCLE_ACTIONS = frozenset({"Delete", "SetStorageClass", "AbortIncompleteMultipartUpload"})
LIFECYCLE_CONDITIONS = frozenset(
    [
        "age",
        "createdBefore",
        "customTimeBefore",
        "daysSinceCustomTime",
        "daysSinceNoncurrentTime",
        "isLive",
        "matchesPattern",
        "matchesPrefix",
        "matchesStorageClass",
        "matchesSuffix",
        "noncurrentTimeBefore",
        "numNewerVersions",
    ]
)
LABEL = re.compile(r"[a-z][-_a-z0-9]{0,62}")
LABEL_VALUE = re.compile(r"[-_a-z0-9]{0,63}")
MOST_LABELS = 64
KMS_KEY = re.compile(r"projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+")
MULTI_REGIONS = frozenset({"US", "EU", "ASIA"})
DUAL_REGIONS = frozenset({"NAM4", "EUR4", "EUR5", "EUR7", "EUR8", "ASIA1"})


def refuse(message: str) -> GoogleError:
    return GoogleError(400, message, "invalid")


def completed(resource: dict[str, Any], time: str, before: dict[str, Any] | None = None) -> dict[str, Any]:
    """A bucket's resource with defaults filled in and checked.

    `before` is the resource it replaces, if any. Errors: 400 for values Google refuses.
    """
    for name in OBJECTS:
        object_in(resource, name)
    for name in LISTS:
        _list_in(resource, name)
    resource = dict(resource)
    resource["location"] = str(resource.get("location") or "US").upper()
    if before and before["location"] != resource["location"]:
        raise refuse(f"The location of a bucket can't be changed (it is {before['location']})")
    location = resource["location"]
    kinds = ((MULTI_REGIONS, "multi-region"), (DUAL_REGIONS, "dual-region"))
    resource["locationType"] = next((kind for names, kind in kinds if location in names), "region")
    resource["storageClass"] = resource.get("storageClass") or "STANDARD"
    check_storage_class(resource["storageClass"])
    resource["iamConfiguration"] = _access(resource.get("iamConfiguration") or {}, time)
    # Nothing deleted here can be restored, so none is promised unless it is asked for.
    soft_delete = {"retentionDurationSeconds": "0"} | (resource.get("softDeletePolicy") or {})
    resource["softDeletePolicy"] = soft_delete | {
        "retentionDurationSeconds": str(soft_delete["retentionDurationSeconds"])
    }
    if location in MULTI_REGIONS | DUAL_REGIONS:
        resource.setdefault("rpo", "DEFAULT")
    _check_labels(resource.get("labels") or {})
    _check_lifecycle(resource.get("lifecycle") or {})
    key = (resource.get("encryption") or {}).get("defaultKmsKeyName")
    if key and not KMS_KEY.fullmatch(str(key)):
        message = f"Invalid KMS key {key!r}: it must be projects/P/locations/L/keyRings/R/cryptoKeys/K"
        raise refuse(message)
    if resource.get("retentionPolicy"):
        retention = _retention(resource["retentionPolicy"], time, (before or {}).get("retentionPolicy"))
        resource["retentionPolicy"] = retention
    elif ((before or {}).get("retentionPolicy") or {}).get("isLocked"):
        raise GoogleError(403, "The retention policy is locked: it can't be removed", "forbidden")
    return resource


def _list_in(fields: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects in a list, none for null; 400 for anything else."""
    value = fields.get(name) or []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise refuse(f"Invalid value for {name}: {value!r}: it must be a list of objects")
    return value


def check_storage_class(name: object) -> None:
    if not isinstance(name, str) or name not in STORAGE_CLASSES:
        raise refuse(f"Invalid storage class {name!r}: one of {', '.join(sorted(STORAGE_CLASSES))}")


def _access(requested: dict[str, Any], time: str) -> dict[str, Any]:
    prevention = requested.get("publicAccessPrevention") or "inherited"
    if str(prevention) not in ("inherited", "unspecified", "enforced"):
        raise refuse(f"Invalid publicAccessPrevention {prevention!r}: inherited or enforced")
    uniform = object_in(requested, "uniformBucketLevelAccess") or object_in(requested, "bucketPolicyOnly")
    access: dict[str, Any] = {"enabled": bool(uniform.get("enabled"))}
    if access["enabled"]:
        year, rest = time.split("-", 1)
        access["lockedTime"] = uniform.get("lockedTime") or f"{int(year) + 1}-{rest.replace('02-29', '02-28')}"
    return {
        "publicAccessPrevention": "enforced" if prevention == "enforced" else "inherited",
        "uniformBucketLevelAccess": access,
        "bucketPolicyOnly": access,
    }


def _check_labels(labels: dict[str, Any]) -> None:
    if len(labels) > MOST_LABELS:
        raise refuse(f"A bucket can have {MOST_LABELS} labels, not {len(labels)}")
    for key, value in labels.items():
        if not LABEL.fullmatch(key) or not isinstance(value, str) or not LABEL_VALUE.fullmatch(value):
            raise refuse(
                f"Invalid label {key}={value!r}: use a-z, 0-9, '-', '_', at most 63, the key begins with a letter"
            )


def _check_lifecycle(lifecycle: dict[str, Any]) -> None:
    for rule in _list_in(lifecycle, "rule"):
        action, condition = object_in(rule, "action"), object_in(rule, "condition")
        if str(action.get("type")) not in LIFECYCLE_ACTIONS:
            raise refuse(
                f"Invalid lifecycle action {action.get('type')!r}: one of {', '.join(sorted(LIFECYCLE_ACTIONS))}"
            )
        if action["type"] == "SetStorageClass":
            check_storage_class(str(action.get("storageClass")))
        unknown = set(condition) - LIFECYCLE_CONDITIONS
        if unknown or not condition:
            problem = f"unknown {', '.join(sorted(unknown))}" if unknown else "a rule needs at least one"
            raise refuse(f"Invalid lifecycle condition: {problem}")


def _retention(policy: dict[str, Any], time: str, before: dict[str, Any] | None) -> dict[str, Any]:
    try:
        period = int(policy.get("retentionPeriod", 0))
    except (TypeError, ValueError) as error:
        raise refuse(f"Invalid retentionPeriod {policy.get('retentionPeriod')!r}: whole seconds") from error
    if period <= 0:
        raise refuse("retentionPeriod must be more than 0 seconds")
    if before and before.get("isLocked") and period < int(before["retentionPeriod"]):
        raise GoogleError(403, "The retention policy is locked: it can't be shortened", "forbidden")
    effective = (before or {}).get("effectiveTime", time)
    locked = {"isLocked": True} if (before or {}).get("isLocked") else {}
    return {"retentionPeriod": str(period), "effectiveTime": effective} | locked
