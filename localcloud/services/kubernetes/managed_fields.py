"""Server-side apply: who applied which fields, so that a field dropped from the next apply is dropped here too."""

from __future__ import annotations

import json
from typing import Any

from localcloud.services.kubernetes.patches import merge_key, strategic_merge
from localcloud.services.kubernetes.times import now

SKIPPED = {"apiVersion", "kind", "metadata", "status"}


def apply(live: dict[str, Any], applied: dict[str, Any], manager: str) -> dict[str, Any]:
    """`live` with `applied` merged in, and without what `manager` applied before and now leaves out.

    Conflicts between managers are not refused: the last to apply a field has it, as with `force=true`.
    """
    entries = live.get("metadata", {}).get("managedFields") or []
    mine = next((entry for entry in entries if _is_mine(entry, manager)), None)
    fields = fields_of(applied)
    if mine:
        others = [entry["fieldsV1"] for entry in entries if entry is not mine and "fieldsV1" in entry]
        live = _without(live, mine.get("fieldsV1", {}), fields, others)
    result = strategic_merge(live, applied)
    entry = {
        "manager": manager,
        "operation": "Apply",
        "apiVersion": applied.get("apiVersion", ""),
        "time": mine["time"] if mine and mine.get("fieldsV1") == fields else now(),
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    }
    kept = [other for other in entries if not _is_mine(other, manager)]
    result["metadata"] = {**result.get("metadata", {}), "managedFields": [*kept, entry]}
    return result


def _is_mine(entry: dict[str, Any], manager: str) -> bool:
    return entry.get("manager") == manager and entry.get("operation") == "Apply"


def fields_of(applied: dict[str, Any]) -> dict[str, Any]:
    """The FieldsV1 set of an applied object."""
    fields = {f"f:{key}": _fields(key, value) for key, value in applied.items() if key not in SKIPPED}
    metadata = applied.get("metadata", {})
    kept = {f"f:{key}": _fields(key, metadata[key]) for key in ("labels", "annotations") if metadata.get(key)}
    return {**fields, **({"f:metadata": kept} if kept else {})}


def _fields(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {f"f:{key}": _fields(key, entry) for key, entry in value.items()}
    if isinstance(value, list) and (key := merge_key(name, value)):
        return {f"k:{json.dumps({key: entry[key]})}": {".": {}, **_fields("", entry)} for entry in value}
    return {}


def _without(
    live: dict[str, Any], before: dict[str, Any], after: dict[str, Any], others: list[dict[str, Any]]
) -> dict[str, Any]:
    """`live` without the fields in `before` that are neither in `after` nor another manager's."""
    result = dict(live)
    for field, below in before.items():
        key = field[2:]
        if not field.startswith("f:") or key not in result:
            continue
        theirs = [other[field] for other in others if field in other]
        if field not in after and not theirs:
            del result[key]
        elif isinstance(result[key], dict):
            result[key] = _without(result[key], below, after.get(field, {}), theirs)
        elif isinstance(result[key], list):
            result[key] = _without_entries(result[key], below, after.get(field, {}), theirs)
    return result


def _without_entries(
    live: list[Any], before: dict[str, Any], after: dict[str, Any], others: list[dict[str, Any]]
) -> list[Any]:
    result = []
    for entry in live:
        name = next((field for field in before if field.startswith("k:") and _is_entry(entry, field)), None)
        theirs = [other[name] for other in others if name in other] if name else []
        if name is None:
            result.append(entry)
        elif name in after or theirs:
            result.append(_without(entry, before[name], after.get(name, {}), theirs))
    return result


def _is_entry(entry: Any, field: str) -> bool:
    wanted = json.loads(field[2:])
    return isinstance(entry, dict) and all(entry.get(key) == value for key, value in wanted.items())
