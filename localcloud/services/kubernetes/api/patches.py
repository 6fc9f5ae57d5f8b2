"""The ways to change an object in part: JSON patch, merge patch, strategic merge patch."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

from localcloud.services.kubernetes.api.errors import ApiError, bad_request

# By which fields the entries of a list of maps are told apart, by the list's name; other lists are replaced whole.
# The first of a list's alternatives whose first field all entries have is taken.
MERGE_KEYS: dict[str, list[tuple[str, ...]]] = {
    "containers": [("name",)],
    "initContainers": [("name",)],
    "ephemeralContainers": [("name",)],
    "env": [("name",)],
    "volumes": [("name",)],
    "volumeMounts": [("mountPath",)],
    "imagePullSecrets": [("name",)],
    "ports": [("containerPort", "protocol"), ("port", "protocol")],
    "conditions": [("type",)],
    "ownerReferences": [("uid",)],
    "hostAliases": [("ip",)],
    "topologySpreadConstraints": [("topologyKey",)],
    "addresses": [("type",)],
    "taints": [("key",)],
}
KEY_DEFAULTS = {"protocol": "TCP"}
MERGED_VALUES = {"finalizers"}  # lists of plain values that are united instead of replaced


def merge_keys(name: str, entries: list[Any]) -> tuple[str, ...]:
    """The fields that tell a list's entries apart; none if the list is replaced whole."""
    for keys in MERGE_KEYS.get(name, []):
        if entries and all(isinstance(entry, dict) and keys[0] in entry for entry in entries):
            return keys
    return ()


def identity(entry: dict[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """What tells an entry of a list from the others."""
    return {key: entry.get(key, KEY_DEFAULTS.get(key)) for key in keys}


def merge(target: Any, patch: Any) -> Any:
    """JSON merge patch (RFC 7386): null removes, maps merge, everything else replaces."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result


def strategic_merge(target: Any, patch: Any, name: str = "") -> Any:
    """Merge patch in which lists of maps merge by MERGE_KEYS and the directives `$patch`, `$retainKeys`,
    `$deleteFromPrimitiveList/x` are followed; `$setElementOrder/x` is accepted and leaves the order alone."""
    if isinstance(patch, list):
        return _merge_lists(target if isinstance(target, list) else [], patch, name)
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    if patch.get("$patch") == "replace":
        return {key: copy.deepcopy(value) for key, value in patch.items() if key != "$patch"}
    result = dict(target) if isinstance(target, dict) else {}
    if "$retainKeys" in patch:
        result = {key: value for key, value in result.items() if key in patch["$retainKeys"]}
    for key, value in patch.items():
        if key.startswith("$deleteFromPrimitiveList/"):
            field = key.partition("/")[2]
            result[field] = [entry for entry in result.get(field, []) if entry not in value]
        elif key.startswith("$"):
            continue
        elif value is None or (isinstance(value, dict) and value.get("$patch") == "delete"):
            result.pop(key, None)
        else:
            result[key] = strategic_merge(result.get(key), value, key)
    return result


def _merge_lists(target: list[Any], patch: list[Any], name: str) -> list[Any]:
    entries = [entry for entry in patch if not (isinstance(entry, dict) and entry.get("$patch") == "replace")]
    if len(entries) < len(patch):
        return copy.deepcopy([entry for entry in entries if entry != {}])
    if name in MERGED_VALUES:
        return [*target, *(entry for entry in patch if entry not in target)]
    keys = merge_keys(name, [*target, *patch])
    if not keys:
        return copy.deepcopy(patch)
    result = list(target)
    for entry in patch:
        wanted = identity(entry, keys)
        place = next((index for index, known in enumerate(result) if identity(known, keys) == wanted), None)
        if entry.get("$patch") == "delete":
            result = [known for known in result if identity(known, keys) != wanted]
        elif place is None:
            result.append(strategic_merge({}, entry))
        else:
            result[place] = strategic_merge(result[place], entry)
    return result


def json_patch(target: Any, operations: Any) -> Any:
    """JSON patch (RFC 6902); 422 for a path that isn't there or a test that fails, and then nothing is changed."""
    if not isinstance(operations, list):
        raise bad_request("a JSON patch is a list of operations")
    box: dict[str, Any] = {"root": copy.deepcopy(target)}
    for operation in operations:
        try:
            _apply(box, operation)
        except (KeyError, IndexError, ValueError, TypeError) as error:
            message = f"the JSON patch operation {operation} can't be applied: {error}"
            raise ApiError(422, "Invalid", message) from error
    return box["root"]


def _apply(box: dict[str, Any], operation: dict[str, Any]) -> None:
    kind, path = operation["op"], operation["path"]
    if kind in {"move", "copy"}:
        value = copy.deepcopy(_read(box, operation["from"]))
        if kind == "move":
            _remove(box, operation["from"])
        _add(box, path, value)
    elif kind == "add":
        _add(box, path, operation["value"])
    elif kind == "remove":
        _remove(box, path)
    elif kind == "replace":
        _read(box, path)
        parent, last = _parent(box, path)
        parent[int(last) if isinstance(parent, list) else last] = operation["value"]
    elif kind == "test":
        if _read(box, path) != operation["value"]:
            raise ValueError(f"{path} has another value")
    else:
        raise ValueError(f"unknown operation {kind}")


def _parts(path: str) -> list[str]:
    if path and not path.startswith("/"):
        raise ValueError(f"path {path!r} doesn't start with /")
    return ["root", *(part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:])]


def _parent(box: Any, path: str) -> tuple[Any, str]:
    *parents, last = _parts(path)
    for part in parents:
        box = box[int(part)] if isinstance(box, list) else box[part]
    return box, last


def _read(box: Any, path: str) -> Any:
    parent, last = _parent(box, path)
    return parent[int(last)] if isinstance(parent, list) else parent[last]


def _add(box: Any, path: str, value: Any) -> None:
    parent, last = _parent(box, path)
    if isinstance(parent, list):
        parent.insert(len(parent) if last == "-" else int(last), value)
    else:
        parent[last] = value


def _remove(box: Any, path: str) -> None:
    parent, last = _parent(box, path)
    del parent[int(last) if isinstance(parent, list) else last]
