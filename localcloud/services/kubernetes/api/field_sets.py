"""Sets of fields: what an object has, what changed between two, and an object without some.

A field is a path, a tuple of FieldsV1's path elements; the rules are those of Kubernetes' structured-merge-diff.
Source: sigs.k8s.io/structured-merge-diff, typed/tofieldset.go, typed/compare.go, typed/remove.go, typed/merge.go.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from typing import Any

from localcloud.services.kubernetes.api.schema import Type

Path = tuple[str, ...]
Fields = set[Path]


def fields_of(kind: Type, value: Any, path: Path = ()) -> Fields:
    """Every field of a value that can have an owner."""
    parts = kind.parts(value)
    if not parts:
        is_nothing = not path or (value in ({}, []) and _has_parts(kind))
        return set() if is_nothing else {path}
    found: Fields = set()
    for element, below, entry in parts:
        here = (*path, element)
        found |= fields_of(below, entry, here)
        if not kind.has_field(element) or entry == {}:
            found.add(here)
    return found


def _has_parts(kind: Type) -> bool:
    """Whether values of a type are owned in parts, so that an empty one has no field."""
    return kind.schema.get("x-kubernetes-map-type") != "atomic" and bool(
        kind.fields or kind.keys or kind.is_set or (kind.entries and "items" not in kind.schema)
    )


def differences(kind: Type, old: Any, new: Any, path: Path = ()) -> tuple[Fields, Fields]:
    """The fields that were added or changed, and those that were removed; None is a value that is not there."""
    before = {element: (below, entry) for element, below, entry in kind.parts(old)}
    after = {element: (below, entry) for element, below, entry in kind.parts(new)}
    changed: Fields = set()
    removed: Fields = set()
    if not before and not after and old != new and path:
        (removed if new is None else changed).add(path)
    for element in {**before, **after}:
        below = (after.get(element) or before[element])[0]
        was, now = before.get(element, (None, None))[1], after.get(element, (None, None))[1]
        here = (*path, element)
        below_changed, below_removed = differences(below, was, now, here)
        changed |= below_changed
        removed |= below_removed
        if now is None:
            removed.add(here)
        elif was is None and not (kind.has_field(element) and below.fields):
            changed.add(here)
    return changed, removed


def without(kind: Type, value: Any, fields: Fields, path: Path = ()) -> Any:
    """A value without some of its fields; None if nothing of it is left."""
    parts = kind.parts(value)
    kept: list[tuple[str, Any]] = []
    for element, below, entry in parts:
        here = (*path, element)
        left = None if here in fields else without(below, entry, fields, here)
        if left is not None:
            kept.append((element, left))
    if not parts:
        return value
    if not kept:
        return None
    return {element[2:]: entry for element, entry in kept} if isinstance(value, dict) else [entry for _, entry in kept]


def merged(kind: Type, live: Any, applied: Any) -> Any:
    """A value with another merged in: what is owned apart is merged apart."""
    before, after = kind.parts(live), kind.parts(applied)
    if not after or (live and not before):
        return copy.deepcopy(live if applied in ({}, []) and before else applied)
    known = {element: entry for element, _, entry in before}
    found = {element: merged(below, known.get(element), entry) for element, below, entry in after}
    if isinstance(applied, dict):
        return {**(live or {}), **{element[2:]: entry for element, entry in found.items()}}
    return [found.get(element, known.get(element)) for element in in_order(list(known), list(found))]


def in_order(known: list[str], wanted: list[str]) -> list[str]:
    """Both in the order of `wanted`; what only `known` has stays before that which it stood before."""
    result: list[str] = []
    waiting, shared = list(known), [element for element in wanted if element in known]
    for element in wanted:
        while waiting and waiting[0] not in shared[:1]:
            other = waiting.pop(0)
            result += [] if other in wanted else [other]
        result.append(element)
        if element in shared[:1]:
            del shared[0]
    return [*result, *(other for other in waiting if other not in wanted)]


def with_structs(kind: Type, fields: Fields) -> Fields:
    """Fields with the structs they lie in: a struct goes, defaults included, when nobody has a field of it."""
    found = set(fields)
    for path in fields:
        here: Type | None = kind
        for depth, element in enumerate(path, 1):
            if here is None:
                break
            if here.has_field(element):
                found.add(path[:depth])
            here = here.below(element)
    return found


def to_fields_v1(fields: Iterable[Path]) -> dict[str, Any]:
    """The set as `managedFields` has it; a `.` marks a field that is in the set and has others below it."""
    tree: dict[str, Any] = {}
    for path in sorted(fields):
        here = tree
        for element in path:
            here = here.setdefault(element, {})
        here["."] = {}
    return _unmarked(tree)


def _unmarked(tree: dict[str, Any]) -> dict[str, Any]:
    return {} if tree.keys() == {"."} else {element: _unmarked(below) for element, below in tree.items()}


def from_fields_v1(tree: dict[str, Any], path: Path = ()) -> Fields:
    """The set that `managedFields` has."""
    if not tree:
        return {path} if path else set()
    found: Fields = set()
    for element, below in tree.items():
        found |= {path} if element == "." else from_fields_v1(below, (*path, element))
    return found


def shown(path: Path) -> str:
    """A field for a person: `.spec.containers[name="c"].image`."""
    text = ""
    for element in path:
        kind, _, value = element.partition(":")
        if kind == "f":
            text += f".{value}"
        elif kind == "k":
            text += f"[{','.join(f'{key}={json.dumps(entry)}' for key, entry in json.loads(value).items())}]"
        else:
            text += f"[={value}]"
    return text
