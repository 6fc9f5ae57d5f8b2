"""Changes of an object in part: strategic merge patch and JSON patch, with the refusals of an API server.

Source: k8s.io/apimachinery, pkg/util/strategicpatch/patch.go.
"""

from __future__ import annotations

import copy
from typing import Any

import jsonpatch

from localcloud.services.kubernetes.api.errors import ApiError, bad_request
from localcloud.services.kubernetes.api.field_sets import in_order
from localcloud.services.kubernetes.api.schema import Type

MERGED = "merge"
ORDER, TAKEN_OUT = "$setElementOrder/", "$deleteFromPrimitiveList/"


def strategic_merge(kind: Type | None, target: Any, patch: Any) -> Any:
    """Merge patch in which lists merge as their types say and the directives `$patch`, `$retainKeys`,
    `$deleteFromPrimitiveList/x`, `$setElementOrder/x` are followed; 422 for an entry that can't be told apart."""
    if isinstance(patch, list):
        return _merge_lists(kind, target if isinstance(target, list) else [], patch)
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    if patch.get("$patch") == "replace":
        return {key: copy.deepcopy(value) for key, value in patch.items() if key != "$patch"}
    result = dict(target) if isinstance(target, dict) else {}
    if "$retainKeys" in patch:
        result = {key: value for key, value in result.items() if key in patch["$retainKeys"]}
    for key, value in patch.items():
        if key.startswith(TAKEN_OUT):
            field = key.removeprefix(TAKEN_OUT)
            result[field] = [entry for entry in result.get(field) or [] if entry not in value]
        elif key.startswith("$"):
            continue
        elif value is None or (isinstance(value, dict) and value.get("$patch") == "delete"):
            result.pop(key, None)
        else:
            result[key] = strategic_merge(kind.field(key) if kind else None, result.get(key), value)
    for key, value in patch.items():
        field = key.removeprefix(ORDER)
        if field != key and isinstance(result.get(field), list):
            result[field] = _ordered(kind.field(field) if kind else None, result[field], value)
    return result


def _merge_lists(kind: Type | None, target: list[Any], patch: list[Any]) -> list[Any]:
    entries = [entry for entry in patch if not (isinstance(entry, dict) and entry.get("$patch") == "replace")]
    if kind is None or MERGED not in kind.patch_strategies or len(entries) < len(patch):
        return copy.deepcopy([entry for entry in entries if entry != {}])
    if not kind.patch_key:
        return [*target, *(entry for entry in patch if entry not in target)]
    result = list(target)
    for entry in patch:
        wanted = _name(kind, entry)
        place = next((index for index, known in enumerate(result) if _name(kind, known) == wanted), None)
        if entry.get("$patch") == "delete":
            result = [known for known in result if _name(kind, known) != wanted]
        elif place is None:
            result.append(strategic_merge(kind.entries, {}, entry))
        else:
            result[place] = strategic_merge(kind.entries, result[place], entry)
    return result


def _ordered(kind: Type | None, entries: list[Any], order: list[Any]) -> list[Any]:
    if kind is None or MERGED not in kind.patch_strategies:
        return entries
    found = {_name(kind, entry): entry for entry in entries}
    wanted = [name for name in dict.fromkeys(_name(kind, entry) for entry in order) if name in found]
    return [found[name] for name in in_order(list(found), wanted)]


def _name(kind: Type, entry: Any) -> str:
    """What a list's entry is told from the others by."""
    if not kind.patch_key:
        return str(entry)
    if not isinstance(entry, dict) or kind.patch_key not in entry:
        raise ApiError(422, "Invalid", f"map: {entry} does not contain declared merge key: {kind.patch_key}")
    return str(entry[kind.patch_key])


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
