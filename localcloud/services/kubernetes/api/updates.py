"""What an update may not change; pairs of a field's path and what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import reduce
from typing import Any

from localcloud.services.kubernetes.api import limits
from localcloud.services.kubernetes.api.discovery import Resource
from localcloud.services.kubernetes.api.quantities import quantity

Object = dict[str, Any]
Causes = Iterator[tuple[str, str]]


def broken(resource: Resource, obj: Object, previous: Object | None) -> Causes:
    """What differs from the object before (None: there is none) and must not."""
    if previous is None:
        return
    for path in limits.IMMUTABLE.get(resource.key, ()):
        if _at(obj, path) != _at(previous, path):
            yield path, f"Invalid value: {json.dumps(_at(obj, path))}: field is immutable"
    if previous.get("immutable") and resource.key in limits.SEALED:
        sealed = [
            field for field in limits.SEALED[resource.key] if (obj.get(field) or {}) != (previous.get(field) or {})
        ]
        for field in [*([] if obj.get("immutable") else ["immutable"]), *sealed]:
            yield field, "Forbidden: field is immutable when `immutable` is set"
    if resource.key in limits.SPEC_KEPT:
        changeable, message = limits.SPEC_KEPT[resource.key]
        if _kept(obj["spec"], changeable) != _kept(previous["spec"], changeable):
            yield "spec", f"Forbidden: {message}"
    yield from _finalizers(obj["metadata"], previous["metadata"])
    if resource.key == "services":
        yield from _service(obj["spec"], previous["spec"])
    if resource.key == "persistentvolumeclaims":
        yield from _claim(obj["spec"], previous["spec"])


def _at(obj: Any, path: str) -> Any:
    return reduce(lambda found, key: (found or {}).get(key), path.split("."), obj)


def _kept(spec: Object, changeable: tuple[str, ...]) -> Object:
    """What of a spec has to stay; of containers all but the image."""
    kept: Object = {key: value for key, value in spec.items() if key not in changeable}
    for field in ("containers", "initContainers"):
        entries = spec.get(field) or []
        kept[field] = [{key: value for key, value in entry.items() if key != "image"} for entry in entries]
    return kept


def _finalizers(metadata: Object, before: Object) -> Causes:
    known = before.get("finalizers") or []
    added = [finalizer for finalizer in metadata.get("finalizers") or [] if finalizer not in known]
    if added and before.get("deletionTimestamp"):
        why = f"no new finalizers can be added if the object is being deleted, found new finalizers {added}"
        yield "metadata.finalizers", f"Forbidden: {why}"


def _service(spec: Object, before: Object) -> Causes:
    address = before.get("clusterIP")
    if address and spec.get("clusterIP") != address and spec["type"] != "ExternalName":
        yield "spec.clusterIPs[0]", f"Invalid value: {json.dumps(spec.get('clusterIPs'))}: may not change once set"


def _claim(spec: Object, before: Object) -> Causes:
    wanted, had = ((entry.get("resources") or {}).get("requests", {}).get("storage", 0) for entry in (spec, before))
    if quantity(wanted) < quantity(had):
        yield "spec.resources.requests.storage", "Forbidden: field can not be less than previous value"
    if before.get("volumeName") and spec.get("volumeName") != before["volumeName"]:
        yield "spec", f"Forbidden: {limits.SPEC_KEPT['persistentvolumeclaims'][1]}"
