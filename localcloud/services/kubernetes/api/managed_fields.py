"""Server-side apply: who applied which fields, so that a field dropped from the next apply is dropped here too."""

from __future__ import annotations

import json
from typing import Any

from localcloud.services.kubernetes.api.patches import identity, merge_keys, strategic_merge
from localcloud.services.kubernetes.api.times import now

# Maps with keys of anybody's choice: when a manager drops one that it made, the keys that others put in stay. All
# others go whole, with the defaults that were filled in below them.
FREE_MAPS = {"annotations", "binaryData", "data", "labels", "matchLabels", "nodeSelector"}
SKIPPED = {"apiVersion", "kind", "metadata", "status"}


def apply(live: dict[str, Any], applied: dict[str, Any], manager: str) -> dict[str, Any]:
    """`live` with `applied` merged in, and without what `manager` applied before and now leaves out.

    Conflicts between managers are not refused: the last to apply a field has it, as with `force=true`.
    """
    entries = live.get("metadata", {}).get("managedFields") or []
    mine = next((entry for entry in entries if _is_mine(entry, manager)), None)
    fields = fields_of(applied, live, mine.get("fieldsV1", {}) if mine else {})
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


def fields_of(applied: dict[str, Any], live: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """The FieldsV1 set of an applied object; `before` is that of the same manager's last apply.

    A `.` in a map's fields says that this manager made the map: it was not in `live`.
    """
    fields = {
        f"f:{key}": _fields(key, value, live.get(key), before.get(f"f:{key}", {}))
        for key, value in applied.items()
        if key not in SKIPPED
    }
    metadata = applied.get("metadata", {})
    kept = {f"f:{key}": _fields(key, metadata[key], None, {}) for key in ("labels", "annotations") if metadata.get(key)}
    return {**fields, **({"f:metadata": kept} if kept else {})}


def _fields(name: str, value: Any, live: Any, before: dict[str, Any]) -> dict[str, Any]:
    if isinstance(value, dict):
        made = name not in FREE_MAPS and (live is None or "." in before)
        known = live if isinstance(live, dict) else {}
        below = {
            f"f:{key}": _fields(key, entry, known.get(key), before.get(f"f:{key}", {})) for key, entry in value.items()
        }
        return {".": {}, **below} if made else below
    if isinstance(value, list) and (keys := merge_keys(name, value)):
        return dict(_entry_fields(entry, keys, live, before) for entry in value)
    return {}


def _entry_fields(
    entry: dict[str, Any], keys: tuple[str, ...], live: Any, before: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    field = f"k:{json.dumps(identity(entry, keys))}"
    known = next((known for known in live or [] if _is_entry(known, field)), None)
    return field, {".": {}, **_fields("", entry, known, before.get(field, {}))}


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
        dropped = field not in after and not theirs
        if dropped and _goes_whole(result[key], below):
            del result[key]
            continue
        if isinstance(result[key], dict):
            result[key] = _without(result[key], below, after.get(field, {}), theirs)
        elif isinstance(result[key], list):
            result[key] = _without_entries(result[key], below, after.get(field, {}), theirs)
        if dropped and not result[key]:
            del result[key]
    return result


def _goes_whole(value: Any, fields: dict[str, Any]) -> bool:
    """Whether nothing below a dropped field can be another's: a plain value, or a map that this manager made."""
    return "." in fields or not isinstance(value, dict | list) or (isinstance(value, list) and not fields)


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
    return isinstance(entry, dict) and identity(entry, wanted) == wanted
