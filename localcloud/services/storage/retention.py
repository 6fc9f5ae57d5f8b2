"""What keeps an object from being removed: holds, its own retention, and its bucket's policy.

Sources: https://cloud.google.com/storage/docs/object-lock and .../bucket-lock
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from localcloud.services.common import GoogleError

Resource = dict[str, Any]


def _own_end(resource: Resource) -> datetime | None:
    """The end of an object's own retention; None if it has none."""
    retention = resource.get("retention")
    return datetime.fromisoformat(retention["retainUntilTime"]) if retention else None


def _policy_end(bucket: Resource, resource: Resource) -> datetime | None:
    policy = bucket.get("retentionPolicy")
    if not policy or resource.get("eventBasedHold"):
        return None
    made = datetime.fromisoformat(resource["timeCreated"])
    return made + timedelta(seconds=int(policy["retentionPeriod"]))


def expiration(bucket: Resource, resource: Resource) -> datetime | None:
    """When an object can be removed at the earliest; None if nothing but a hold keeps it."""
    ends = (_own_end(resource), _policy_end(bucket, resource))
    return max((end for end in ends if end is not None), default=None)


def check_removal(bucket: Resource, resource: Resource) -> None:
    """Refuse (403) to remove what a hold, its own retention or the bucket's retention policy keeps."""
    name = f"Object '{resource['bucket']}/{resource['name']}'"
    if resource.get("temporaryHold") or resource.get("eventBasedHold"):
        message = f"{name} is under active hold and cannot be deleted or overwritten."
        raise GoogleError(403, message, "objectUnderActiveHold")
    until = expiration(bucket, resource)
    if until is not None and until > datetime.now(UTC):
        message = (
            f"{name} is subject to bucket's retention policy or object retention "
            f"and cannot be deleted or overwritten until {until.isoformat()}"
        )
        raise GoogleError(403, message, "retentionPolicyNotMet")


def check_change(bucket: Resource, before: Resource, after: Resource, override_unlocked: bool) -> None:
    """Refuse a retention where the bucket has none enabled (400), or to weaken one that still holds (403).

    A locked one can't be weakened ever, another one not without an override.
    """
    check_enabled(bucket, after)
    old, new = _own_end(before), _own_end(after)
    if old is None or old <= datetime.now(UTC):
        return
    locked = before["retention"]["mode"] == "Locked"
    weaker = new is None or new < old or (locked and after["retention"]["mode"] != "Locked")
    if weaker and (locked or not override_unlocked):
        remedy = "it is locked" if locked else "pass overrideUnlockedRetention=true"
        message = f"The retention of object '{before['bucket']}/{before['name']}' can't be weakened: {remedy}"
        raise GoogleError(403, message, "forbidden")


def check_enabled(bucket: Resource, resource: Resource) -> None:
    """Errors: 400 for a retention of an object whose bucket was not made with enableObjectRetention."""
    if resource.get("retention") and not bucket.get("objectRetention"):
        message = (
            f"Object retention is not enabled for bucket {bucket['name']}: make it with enableObjectRetention=true"
        )
        raise GoogleError(400, message, "invalid")
