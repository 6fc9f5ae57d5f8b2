"""ReplicaSet -> Pods: as many as declared, the least useful ones go first."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

from localcloud.services.kubernetes.api.conditions import (
    condition,
    controller_of,
    is_active,
    is_finished,
    is_ready,
    is_terminating,
    owned_by,
    owner_reference,
    seconds_until_available,
)
from localcloud.services.kubernetes.api.discovery import RESOURCES
from localcloud.services.kubernetes.api.errors import ApiError
from localcloud.services.kubernetes.api.store import Change, Object
from localcloud.services.kubernetes.controllers.base import Name, name_of
from localcloud.services.kubernetes.controllers.workload import WorkloadController


class ReplicaSetController(WorkloadController):
    resource, managed = "replicasets.apps", "pods"

    def names(self, change: Change) -> Iterable[Name]:
        if change.resource == self.resource:
            yield name_of(change.object)
        elif change.resource == "pods":
            owner = controller_of(change.object)
            if owner is None and change.type == "ADDED":
                yield from (name_of(entry) for entry in self.selecting(change.object))
            elif owner and owner["kind"] == "ReplicaSet":
                yield change.object["metadata"]["namespace"], owner["name"]

    def reconcile(self, namespace: str, name: str) -> float | None:
        replica_set = self.store.get(self.resource, namespace, name)
        if replica_set is None:
            return None
        if not is_terminating(replica_set):
            self.adopt(replica_set, is_active)
            active = [pod for pod in owned_by(self.store, "pods", replica_set) if is_active(pod)]
            missing = replica_set["spec"]["replicas"] - len(active)
            for _ in range(missing):
                self._create_pod(replica_set)
            for pod in sorted(active, key=_usefulness)[: max(0, -missing)]:
                self.cluster.objects.delete(RESOURCES["pods"], *name_of(pod))
                message = f"Deleted pod: {pod['metadata']['name']}"
                self.cluster.events.normal(replica_set, "SuccessfulDelete", message)
        return self._update_status(namespace, name)

    def _create_pod(self, replica_set: Object) -> None:
        template = copy.deepcopy(replica_set["spec"]["template"])
        metadata: dict[str, Any] = {
            "generateName": f"{replica_set['metadata']['name']}-",
            "ownerReferences": [owner_reference(replica_set)],
        }
        given = template.get("metadata") or {}
        metadata |= {key: given[key] for key in ("labels", "annotations", "finalizers") if key in given}
        body = {"metadata": metadata, "spec": template["spec"]}
        try:
            pod = self.cluster.objects.create(RESOURCES["pods"], replica_set["metadata"]["namespace"], body)
        except ApiError as error:
            self.cluster.events.warning(replica_set, "FailedCreate", f"Error creating: {error.message}")
            raise
        self.cluster.events.normal(replica_set, "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}")

    def _update_status(self, namespace: str, name: str) -> float | None:
        replica_set = self.store.require(self.resource, namespace, name)
        owned = owned_by(self.store, "pods", replica_set)
        pods = [pod for pod in owned if is_active(pod)]
        seconds = replica_set["spec"].get("minReadySeconds", 0)
        waits = [wait for pod in pods if (wait := seconds_until_available(pod, seconds)) is not None]

        def change(obj: Object) -> None:
            obj["status"] = {
                "replicas": len(pods),
                "fullyLabeledReplicas": len(pods),
                "readyReplicas": sum(is_ready(pod) for pod in pods),
                "availableReplicas": waits.count(0),
                "terminatingReplicas": sum(is_terminating(pod) and not is_finished(pod) for pod in owned),
                "observedGeneration": obj["metadata"]["generation"],
            }

        self.store.modify(self.resource, namespace, name, change)
        return min((wait for wait in waits if wait), default=None)


def _usefulness(pod: Object) -> tuple[Any, ...]:
    """Kubernetes' order of deletion: unscheduled, pending, unready, cheap, lately ready, often restarted, young."""
    ready = condition(pod, "Ready") or {}
    restarts = sum(entry.get("restartCount", 0) for entry in pod["status"].get("containerStatuses") or [])
    cost = (pod["metadata"].get("annotations") or {}).get("controller.kubernetes.io/pod-deletion-cost", "0")
    return (
        bool(pod["spec"].get("nodeName")),
        pod["status"].get("phase") == "Running",
        is_ready(pod),
        int(cost),
        _reversed(ready.get("lastTransitionTime", "")),
        -restarts,
        _reversed(pod["metadata"]["creationTimestamp"]),
    )


def _reversed(stamp: str) -> tuple[int, ...]:
    """Sorts later time stamps first."""
    return tuple(-ord(letter) for letter in stamp)
