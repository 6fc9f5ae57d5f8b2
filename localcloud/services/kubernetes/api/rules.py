"""Every rule that a schema can't say: those of the tables in limits, of structs, of kinds and of updates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from localcloud.services.kubernetes.api import limits, updates
from localcloud.services.kubernetes.api.discovery import Resource
from localcloud.services.kubernetes.api.kind_rules import KINDS
from localcloud.services.kubernetes.api.schema import type_of, walk
from localcloud.services.kubernetes.api.struct_rules import STRUCTS

Object = dict[str, Any]
Causes = Iterator[tuple[str, str]]
NEEDS_SPEC = {
    "pods",
    "deployments.apps",
    "replicasets.apps",
    "services",
    "horizontalpodautoscalers.autoscaling",
    "poddisruptionbudgets.policy",
    "persistentvolumeclaims",
}


def broken(resource: Resource, obj: Object, previous: Object | None) -> list[tuple[str, str]]:
    """Every broken rule of one object."""
    causes = [*_name(resource, obj["metadata"]), *updates.broken(resource, obj, previous)]
    declared = {key: value for key, value in obj.items() if key != "status"}
    for path, kind, value in walk(type_of(resource), declared):
        if isinstance(value, dict) and kind.fields:
            causes += _fields(kind.name, value, path)
            if kind.name in STRUCTS:
                causes += STRUCTS[kind.name](value, path)
    if resource.key in NEEDS_SPEC and not obj.get("spec"):
        return [*causes, ("spec", "Required value")]
    check = KINDS.get(resource.key)
    return [*causes, *(check(obj) if check else [])]


def _name(resource: Resource, metadata: Object) -> Causes:
    if resource.group.startswith("rbac."):
        pattern = limits.PATH_SEGMENT  # such as system:masters
    else:
        pattern = {"services": limits.SERVICE_NAME, "namespaces": limits.LABEL}.get(resource.key, limits.SUBDOMAIN)
    if not pattern.fits(metadata["name"]):
        yield "metadata.name", pattern.problem(metadata["name"])


def _fields(kind: str, value: Object, path: str) -> Causes:
    """What the tables of limits say of a struct's own fields."""
    for field, entry in value.items():
        name, where = f"{kind}.{field}", f"{path}.{field}".lstrip(".")
        for text in entry if isinstance(entry, list) else [entry]:
            if name in limits.VALUES and text not in limits.VALUES[name]:
                yield where, f"Unsupported value: {text!r}: supported values: {', '.join(limits.VALUES[name])}"
        if isinstance(entry, str) and entry and name in limits.PATTERNS and not limits.PATTERNS[name].fits(entry):
            yield where, limits.PATTERNS[name].problem(entry)
        least, most = limits.RANGES.get(name, (0, 0))
        if name in limits.RANGES and isinstance(entry, int) and not least <= entry <= most:
            yield where, f"Invalid value: {entry}: must be between {least} and {most}"
    for field in limits.NOT_EMPTY.get(kind, ()):
        if not value.get(field):
            yield f"{path}.{field}".lstrip("."), "Required value"
    choices = limits.ONE_OF.get(kind)
    chosen = [field for field in choices or () if value.get(field) is not None]
    if choices and len(chosen) != 1:
        problem = "Required value: must specify" if not chosen else "Forbidden: may not specify more than"
        yield path, f"{problem} exactly one of {', '.join(choices)}"
