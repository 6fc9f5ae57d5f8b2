"""What a deletion makes of an object that isn't gone at once. Source: k8s.io/apiserver, pkg/registry/rest/delete.go."""

from __future__ import annotations

import copy
from typing import Any

from localcloud.services.kubernetes.api.discovery import Resource
from localcloud.services.kubernetes.api.errors import conflict, forbidden, invalid_of
from localcloud.services.kubernetes.api.times import now

Object = dict[str, Any]
FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"
FINALIZERS = {"Background": None, "Foreground": FOREGROUND, "Orphan": ORPHAN}  # by propagationPolicy
IMMORTAL = {"default", "kube-public", "kube-system"}
ANSWERED_WHOLE = {
    "namespaces",
    "persistentvolumeclaims",
    "pods",
    "resourcequotas",
    "serviceaccounts",
    "services",
}  # their registries are declared with ReturnDeletedObject; of all others a deletion answers a Status


def check(resource: Resource, live: Object, options: Object) -> None:
    """403 for what may not be deleted, 409 for preconditions that aren't met, 422 for options that don't exist."""
    name, metadata = live["metadata"]["name"], live["metadata"]
    policy = options.get("propagationPolicy")
    if policy and policy not in FINALIZERS:
        why = f"Unsupported value: {policy!r}: supported values: {', '.join(FINALIZERS)}"
        raise invalid_of("DeleteOptions", "meta.k8s.io", "", [("propagationPolicy", why)])
    if policy and options.get("orphanDependents") is not None:
        why = "Invalid value: orphanDependents and deletionPropagation cannot be both set"
        raise invalid_of("DeleteOptions", "meta.k8s.io", "", [("propagationPolicy", why)])
    if resource.key == "namespaces" and name in IMMORTAL:
        raise forbidden(resource.key, name, "this namespace may not be deleted")
    for field, shown in (("uid", "UID"), ("resourceVersion", "ResourceVersion")):
        wanted = (options.get("preconditions") or {}).get(field)
        if wanted and wanted != metadata[field]:
            why = f"Precondition failed: {shown} in precondition: {wanted}, {shown} in object meta: {metadata[field]}"
            raise conflict(resource.key, name, why)


def marked(resource: Resource, live: Object, options: Object) -> Object:
    """The object as it is while it waits for its end; equal to `live` if nothing keeps it."""
    obj = copy.deepcopy(live)
    metadata = obj["metadata"]
    policy = options.get("propagationPolicy") or ("Orphan" if options.get("orphanDependents") else "Background")
    finalizer = FINALIZERS[policy]
    if finalizer and finalizer not in (metadata.get("finalizers") or []):
        metadata["finalizers"] = [*(metadata.get("finalizers") or []), finalizer]
    grace = _grace(resource, obj, options.get("gracePeriodSeconds"))
    graceful = resource.key in {"namespaces", "pods"}
    if not graceful and not metadata.get("finalizers"):
        return obj
    if "generation" in metadata and not metadata.get("deletionTimestamp"):
        metadata["generation"] += 1
    if not metadata.get("deletionTimestamp") or grace < metadata.get("deletionGracePeriodSeconds", 0):
        metadata |= {"deletionTimestamp": now(grace), "deletionGracePeriodSeconds": grace}
    if resource.key == "namespaces":
        del metadata["deletionGracePeriodSeconds"]
        obj["status"] = {**(obj.get("status") or {}), "phase": "Terminating"}
    return obj


def _grace(resource: Resource, obj: Object, asked: int | None) -> int:
    """Seconds a pod gets to end; 0 if nothing runs, so that it can go at once. Other kinds need none."""
    if resource.key != "pods":
        return 0
    ended = (obj.get("status") or {}).get("phase") in {"Succeeded", "Failed"}
    if ended or not obj["spec"].get("nodeName"):
        return 0
    return max(asked, 0) if asked is not None else obj["spec"].get("terminationGracePeriodSeconds", 30)


def is_released(obj: Object) -> bool:
    """Whether nothing holds an object that is being deleted."""
    metadata = obj["metadata"]
    held = metadata.get("finalizers") or metadata.get("deletionGracePeriodSeconds", 0) > 0
    return not held and not (obj["kind"] == "Namespace" and obj["spec"].get("finalizers"))


def answer(resource: Resource, obj: Object) -> Object:
    """What a deletion that is done answers."""
    if resource.key in ANSWERED_WHOLE:
        return obj
    group = {"group": resource.group} if resource.group else {}
    details = {"name": obj["metadata"]["name"], **group, "kind": resource.plural, "uid": obj["metadata"]["uid"]}
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}
