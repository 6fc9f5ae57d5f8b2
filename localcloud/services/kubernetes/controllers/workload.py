"""What Deployments and ReplicaSets have in common: a selector, objects that they manage, a number of replicas."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.services.kubernetes.api.conditions import controller_of, owner_reference
from localcloud.services.kubernetes.api.selectors import labels_match
from localcloud.services.kubernetes.api.store import Object, Store
from localcloud.services.kubernetes.controllers.base import Controller, name_of


class WorkloadController(Controller):
    """A controller of objects that manage those of another resource, `managed`."""

    managed = ""

    def selecting(self, obj: Object) -> list[Object]:
        """The workloads whose selector fits an object."""
        found = self.store.list(self.resource, obj["metadata"]["namespace"])
        return [entry for entry in found if _fits(entry, obj)]

    def adopt(self, owner: Object, wanted: Callable[[Object], bool]) -> None:
        """Take over objects that fit the selector and have no manager, such as a deleted one left as orphans."""

        def change(obj: Object) -> None:
            obj["metadata"].setdefault("ownerReferences", []).append(owner_reference(owner))

        for obj in self.store.list(self.managed, owner["metadata"]["namespace"]):
            if _fits(owner, obj) and controller_of(obj) is None and wanted(obj):
                self.store.modify(self.managed, *name_of(obj), change)


def set_replicas(store: Store, resource: str, obj: Object, replicas: int) -> Object:
    """Declare another number of replicas: a new generation."""

    def change(obj: Object) -> None:
        obj["spec"]["replicas"] = replicas
        obj["metadata"]["generation"] = obj["metadata"].get("generation", 1) + 1

    return store.modify(resource, *name_of(obj), change)


def _fits(workload: Object, obj: Object) -> bool:
    return labels_match(workload["spec"]["selector"], obj["metadata"].get("labels") or {})
