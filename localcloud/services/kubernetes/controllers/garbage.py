"""Cascades: dependents go with their owners, a namespace with all that is in it, pods with their node."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

from localcloud.services.kubernetes.api.conditions import is_terminating
from localcloud.services.kubernetes.api.deletions import FOREGROUND, ORPHAN
from localcloud.services.kubernetes.api.discovery import RESOURCES
from localcloud.services.kubernetes.api.store import Change, Object
from localcloud.services.kubernetes.controllers.base import Cluster, Controller, Name, name_of


class GarbageCollector(Controller):
    """Works on owners by uid: a queue entry is ("", uid)."""

    resource = "namespaces"

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        for _, obj in self.store.everything():
            if is_terminating(obj):
                self.enqueue(("", obj["metadata"]["uid"]))
            for owner in obj["metadata"].get("ownerReferences") or []:
                self.enqueue(("", owner["uid"]))

    def names(self, change: Change) -> Iterable[Name]:
        if change.type == "DELETED" or is_terminating(change.object):
            yield "", change.object["metadata"]["uid"]
        owners = change.object["metadata"].get("ownerReferences") or []
        if change.type in {"DELETED", "ADDED"}:
            yield from (("", owner["uid"]) for owner in owners)

    def reconcile(self, namespace: str, name: str) -> float | None:
        owner, dependents = self._look_up(name)
        if owner is None:
            for resource, obj in dependents:
                self._delete_or_release(resource, obj, name)
            return
        if is_terminating(owner[1]):
            self._cascade(*owner, dependents)

    def _cascade(self, resource: str, obj: Object, dependents: list[tuple[str, Object]]) -> None:
        """What an owner that is to go waits for: its dependents are let go, or deleted before it."""
        finalizers, uid = obj["metadata"].get("finalizers") or [], obj["metadata"]["uid"]
        if ORPHAN in finalizers:
            for kind, dependent in dependents:
                self._release(kind, dependent, uid)
            self._drop_finalizer(resource, obj, ORPHAN)
        elif FOREGROUND in finalizers:
            blocking = [entry for entry in dependents if _blocks(entry[1], uid)]
            for kind, dependent in dependents:
                if not is_terminating(dependent):
                    self._delete(kind, dependent, "Foreground")
            if not blocking:
                self._drop_finalizer(resource, obj, FOREGROUND)

    def _look_up(self, uid: str) -> tuple[tuple[str, Object] | None, list[tuple[str, Object]]]:
        everything = self.store.everything()
        owner = next((entry for entry in everything if entry[1]["metadata"]["uid"] == uid), None)
        return owner, [entry for entry in everything if uid in _owners(entry[1])]

    def _delete_or_release(self, resource: str, obj: Object, uid: str) -> None:
        others = set(_owners(obj)) - {uid}
        living = {entry["metadata"]["uid"] for _, entry in self.store.everything()}
        if others & living:
            self._release(resource, obj, uid)
        elif not is_terminating(obj):
            self._delete(resource, obj, "Background")

    def _delete(self, resource: str, obj: Object, policy: str) -> None:
        self.cluster.objects.delete(RESOURCES[resource], *name_of(obj), {"propagationPolicy": policy})

    def _release(self, resource: str, obj: Object, uid: str) -> None:
        def change(obj: Object) -> None:
            owners = obj["metadata"]["ownerReferences"]
            obj["metadata"]["ownerReferences"] = [owner for owner in owners if owner["uid"] != uid]

        self.store.modify(resource, *name_of(obj), change)

    def _drop_finalizer(self, resource: str, obj: Object, finalizer: str) -> None:
        changed = copy.deepcopy(obj)
        changed["metadata"]["finalizers"].remove(finalizer)
        self.cluster.objects.settle(resource, changed)


class NamespaceController(Controller):
    """Gives each namespace its default service account, and empties one that is to go."""

    resource = "namespaces"

    def names(self, change: Change) -> Iterable[Name]:
        if change.resource == "namespaces":
            yield name_of(change.object)
        elif change.type == "DELETED" and (home := change.object["metadata"].get("namespace")):
            yield "", home

    def reconcile(self, namespace: str, name: str) -> float | None:
        found = self.store.get("namespaces", "", name)
        if found is None:
            return
        if not is_terminating(found):
            if self.store.get("serviceaccounts", name, "default") is None:
                body: dict[str, Any] = {"metadata": {"name": "default"}}
                self.cluster.objects.create(RESOURCES["serviceaccounts"], name, body)
            return
        left = [(kind, obj) for kind, obj in self.store.everything() if obj["metadata"].get("namespace") == name]
        for kind, obj in left:
            present = self.store.get(kind, *name_of(obj))
            if present is not None and not is_terminating(present):
                self.cluster.objects.delete(RESOURCES[kind], *name_of(obj))
        if not any(obj["metadata"].get("namespace") == name for _, obj in self.store.everything()):
            self.cluster.objects.settle("namespaces", {**found, "spec": {**found["spec"], "finalizers": []}})


class NodeController(Controller):
    """Deletes the pods of a node that is gone, so that they are made anew elsewhere."""

    resource = "nodes"

    def names(self, change: Change) -> Iterable[Name]:
        if change.resource == "nodes" and change.type == "DELETED":
            yield name_of(change.object)

    def reconcile(self, namespace: str, name: str) -> float | None:
        if self.store.get("nodes", "", name) is None:
            for pod in self.store.list("pods"):
                if pod["spec"].get("nodeName") == name and not is_terminating(pod):
                    self.cluster.objects.delete(RESOURCES["pods"], *name_of(pod))


def _owners(obj: Object) -> list[str]:
    return [owner["uid"] for owner in obj["metadata"].get("ownerReferences") or []]


def _blocks(obj: Object, uid: str) -> bool:
    owners = obj["metadata"].get("ownerReferences") or []
    return any(owner["uid"] == uid and owner.get("blockOwnerDeletion") for owner in owners)
