"""Changes of an object in part: strategic merge patch and JSON patch, with the refusals of an API server."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

import jsonpatch

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
    patched = copy.deepcopy(target)
    for operation in operations:
        try:
            patched = jsonpatch.apply_patch(patched, [operation], in_place=True)
        except jsonpatch.JsonPatchTestFailed as error:
            raise _refused(operation, f"{operation['path']} has another value") from error
        except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, TypeError) as error:
            raise _refused(operation, str(error)) from error
    return patched


def _refused(operation: Any, why: str) -> ApiError:
    return ApiError(422, "Invalid", f"the JSON patch operation {operation} can't be applied: {why}")
