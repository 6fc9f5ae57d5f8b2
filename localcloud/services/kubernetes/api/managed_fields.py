"""Who set which fields (`metadata.managedFields`), and server-side apply, which refuses to take another's.

Source: sigs.k8s.io/structured-merge-diff, merge/update.go; k8s.io/apimachinery, pkg/util/managedfields.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from localcloud.services.kubernetes.api.errors import apply_conflict
from localcloud.services.kubernetes.api.field_sets import (
    Fields,
    differences,
    fields_of,
    from_fields_v1,
    merged,
    shown,
    to_fields_v1,
    with_structs,
    without,
)
from localcloud.services.kubernetes.api.schema import Type
from localcloud.services.kubernetes.api.times import now

Object = dict[str, Any]
NOBODYS = {
    ("f:apiVersion",),
    ("f:kind",),
    ("f:metadata",),
    *(
        ("f:metadata", f"f:{field}")
        for field in ("name", "namespace", "creationTimestamp", "selfLink", "uid", "generation", "managedFields")
    ),
    ("f:metadata", "f:resourceVersion"),
}


class Manager(NamedTuple):
    """Whose fields an entry of managedFields lists."""

    name: str
    operation: str = "Update"
    subresource: str = ""

    def __str__(self) -> str:
        return f'"{self.name}"' + (f' with subresource "{self.subresource}"' if self.subresource else "")


BEFORE_FIRST_APPLY = Manager("before-first-apply")
Owners = dict[Manager, Fields]


def updated(kind: Type, live: Object, obj: Object, manager: Manager) -> list[Object]:
    """The managedFields after `manager` made `obj` of `live` ({} if it is new): the fields it changed are its own."""
    entries = obj["metadata"].get("managedFields") or live.get("metadata", {}).get("managedFields") or []
    changed, removed = differences(kind, live, obj)
    owners = {other: fields - changed - removed for other, fields in _read(entries).items() if other != manager}
    owners[manager] = (_read(entries).get(manager, set()) - removed) | changed
    return _written(owners, entries, obj["apiVersion"])


def applied(kind: Type, live: Object, config: Object, manager: Manager, *, force: bool) -> Object:
    """`live` ({} if it is new) with `config` merged in, and without what `manager` applied before and now leaves out.

    409 if it changes fields of other managers, which `force` takes from them.
    """
    entries = live.get("metadata", {}).get("managedFields") or []
    owners = _read(entries)
    if live and not owners:
        owners[BEFORE_FIRST_APPLY] = fields_of(kind, live)
    last = owners.get(manager, set())
    owners[manager] = fields_of(kind, config)
    result = merged(kind, live, config)
    if last:
        result = _pruned(kind, result, last, set().union(*owners.values()))
    changed, removed = differences(kind, live, result)
    taken = {other: fields & changed for other, fields in owners.items() if other != manager and fields & changed}
    if taken and not force:
        raise _conflict(taken, entries)
    for other in owners.keys() - {manager}:
        owners[other] = owners[other] - changed - removed
    result["metadata"] = {
        **result.get("metadata", {}),
        "managedFields": _written(owners, entries, config["apiVersion"]),
    }
    return result


def _pruned(kind: Type, whole: Object, last: Fields, owned: Fields) -> Object:
    """An object without what was applied last and is nobody's now."""
    last, present = with_structs(kind, last), with_structs(kind, fields_of(kind, whole))
    kept = with_structs(kind, fields_of(kind, without(kind, whole, last) or {})) | with_structs(kind, owned)
    kept = with_structs(kind, fields_of(kind, without(kind, whole, present - kept) or {}))
    return without(kind, whole, (present - kept) & last)


def _read(entries: list[Object]) -> Owners:
    return {_manager(entry): from_fields_v1(entry.get("fieldsV1") or {}) for entry in entries if entry.get("manager")}


def _manager(entry: Object) -> Manager:
    return Manager(entry["manager"], entry.get("operation", "Update"), entry.get("subresource", ""))


def _written(owners: Owners, before: list[Object], api_version: str) -> list[Object]:
    known = {_manager(entry): entry for entry in before if entry.get("manager")}
    entries: list[Object] = []
    for manager, fields in owners.items():
        tree = to_fields_v1(fields - NOBODYS)
        last = known.get(manager, {})
        entry = {
            "manager": manager.name,
            "operation": manager.operation,
            "apiVersion": api_version,
            "time": last["time"] if last.get("fieldsV1") == tree and "time" in last else now(),
            "fieldsType": "FieldsV1",
            "fieldsV1": tree,
        }
        if tree:
            entries.append({**entry, "subresource": manager.subresource} if manager.subresource else entry)
    return sorted(entries, key=lambda entry: (entry["operation"], entry["time"], entry["manager"]))


def _conflict(taken: Owners, entries: list[Object]) -> Exception:
    found = {_manager(entry): entry for entry in entries if entry.get("manager")}

    def named(manager: Manager) -> str:
        entry = found.get(manager)
        when = f" using {entry['apiVersion']} at {entry['time']}" if entry and manager.operation == "Update" else ""
        return f"{manager}{when}"

    return apply_conflict({named(other): [shown(path) for path in sorted(taken[other])] for other in sorted(taken)})
