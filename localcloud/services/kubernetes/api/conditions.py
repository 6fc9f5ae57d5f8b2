"""Reading and setting `status.conditions`, and what they say about a pod."""

from __future__ import annotations

from typing import Any

from localcloud.services.kubernetes.api.store import Object, Store
from localcloud.services.kubernetes.api.times import now, seconds_since


def condition(obj: Object, kind: str) -> dict[str, Any] | None:
    conditions = (obj.get("status") or {}).get("conditions") or []
    return next((entry for entry in conditions if entry["type"] == kind), None)


def set_condition(status: Object, kind: str, value: bool, reason: str = "", message: str = "", **extra: str) -> None:
    """Set a condition in place; its transition time changes only with its value."""
    conditions = status.setdefault("conditions", [])
    before = next((entry for entry in conditions if entry["type"] == kind), None)
    text = "True" if value else "False"
    stamp = before["lastTransitionTime"] if before and before["status"] == text else now()
    entry = {"type": kind, "status": text, "lastTransitionTime": stamp, **extra}
    entry |= {key: given for key, given in (("reason", reason), ("message", message)) if given}
    if before is None:
        conditions.append(entry)
    else:
        conditions[conditions.index(before)] = entry


def is_terminating(obj: Object) -> bool:
    return "deletionTimestamp" in obj["metadata"]


def is_finished(pod: Object) -> bool:
    return pod["status"].get("phase") in {"Succeeded", "Failed"}


def is_active(pod: Object) -> bool:
    """Whether a pod counts as one of its owner's replicas."""
    return not is_finished(pod) and not is_terminating(pod)


def is_ready(pod: Object) -> bool:
    found = condition(pod, "Ready")
    return found is not None and found["status"] == "True"


def seconds_until_available(pod: Object, min_ready_seconds: int) -> float | None:
    """0 if a pod has been ready for long enough, else what is missing; None if it isn't ready."""
    found = condition(pod, "Ready")
    if found is None or found["status"] != "True" or is_terminating(pod):
        return None
    if not min_ready_seconds:
        return 0.0
    return max(0.0, min_ready_seconds - seconds_since(found["lastTransitionTime"]))


def controller_of(obj: Object) -> dict[str, Any] | None:
    """The owner reference of the object that manages this one."""
    owners = obj["metadata"].get("ownerReferences") or []
    return next((owner for owner in owners if owner.get("controller")), None)


def owned_by(store: Store, resource: str, owner: Object) -> list[Object]:
    """Objects of a resource that `owner` manages."""
    uid = owner["metadata"]["uid"]
    found = store.list(resource, owner["metadata"].get("namespace", ""))
    return [obj for obj in found if (controller_of(obj) or {}).get("uid") == uid]


def owner_reference(owner: Object) -> dict[str, Any]:
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
