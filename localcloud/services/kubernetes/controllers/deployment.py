"""Deployment -> ReplicaSets: rollouts within maxSurge and maxUnavailable, revisions, clean-up of old ones."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterable

from localcloud.services.kubernetes.api.conditions import (
    controller_of,
    is_finished,
    is_terminating,
    owned_by,
    owner_reference,
)
from localcloud.services.kubernetes.api.discovery import RESOURCES
from localcloud.services.kubernetes.api.objects import NAME_LETTERS
from localcloud.services.kubernetes.api.store import Change, Object
from localcloud.services.kubernetes.controllers import rollout_status
from localcloud.services.kubernetes.controllers.base import Name, name_of
from localcloud.services.kubernetes.controllers.rollout_limits import limits
from localcloud.services.kubernetes.controllers.rollout_status import HASH_LABEL
from localcloud.services.kubernetes.controllers.workload import WorkloadController, set_replicas

SETS = "replicasets.apps"
REVISION = "deployment.kubernetes.io/revision"


class DeploymentController(WorkloadController):
    resource, managed = "deployments.apps", SETS

    def names(self, change: Change) -> Iterable[Name]:
        if change.resource == self.resource:
            yield name_of(change.object)
        elif change.resource == SETS:
            owner = controller_of(change.object)
            if owner is None:
                yield from (name_of(deployment) for deployment in self.selecting(change.object))
            elif owner["kind"] == "Deployment":
                yield change.object["metadata"]["namespace"], owner["name"]
        elif change.resource == "pods" and change.type == "DELETED":
            # Recreate waits until the old pods are gone, not only on their way out
            for deployment in self.store.list(self.resource, change.object["metadata"]["namespace"]):
                if deployment["spec"]["strategy"]["type"] == "Recreate":
                    yield name_of(deployment)

    def reconcile(self, namespace: str, name: str) -> float | None:
        deployment = self.store.get(self.resource, namespace, name)
        if deployment is None:
            return None
        if not is_terminating(deployment):
            self.adopt(deployment, lambda entry: not is_terminating(entry))
            sets = owned_by(self.store, SETS, deployment)
            new = self._new_set(deployment, sets)
            old = [entry for entry in sets if new is None or entry["metadata"]["uid"] != new["metadata"]["uid"]]
            if deployment["spec"].get("paused"):
                self._scale_paused(deployment, sets)
            elif new is not None and deployment["spec"]["strategy"]["type"] == "Recreate":
                self._recreate(deployment, new, old)
            elif new is not None:
                self._roll(deployment, new, old)
            self._clean_up(deployment, old)
        return rollout_status.update(self.cluster, namespace, name)

    def _new_set(self, deployment: Object, sets: list[Object]) -> Object | None:
        """The ReplicaSet of the present template, made if there is none (unless paused), with the newest revision."""
        found = rollout_status.current_set(deployment, sets)
        newest = max((_revision(entry) for entry in sets if entry is not found), default=0)
        if found is None:
            return None if deployment["spec"].get("paused") else self._create_set(deployment, newest + 1)
        revision = _revision(found)
        if len(sets) > 1 and revision <= newest:  # a roll back makes an old template the newest again
            revision = newest + 1
        found = self._annotate(SETS, found, revision)
        self._annotate(self.resource, deployment, revision)
        if found["spec"].get("minReadySeconds", 0) != deployment["spec"].get("minReadySeconds", 0):
            seconds = deployment["spec"].get("minReadySeconds", 0)
            found = self.store.modify(SETS, *name_of(found), lambda obj: obj["spec"].update(minReadySeconds=seconds))
        return found

    def _annotate(self, resource: str, obj: Object, revision: int) -> Object:
        def change(obj: Object) -> None:
            obj["metadata"].setdefault("annotations", {})[REVISION] = str(revision)

        return self.store.modify(resource, *name_of(obj), change)

    def _create_set(self, deployment: Object, revision: int) -> Object:
        spec = deployment["spec"]
        template = copy.deepcopy(spec["template"])
        digest = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).digest()
        label = "".join(NAME_LETTERS[byte % len(NAME_LETTERS)] for byte in digest[:10])
        labels = {**((template.get("metadata") or {}).get("labels") or {}), HASH_LABEL: label}
        template["metadata"] = {**(template.get("metadata") or {}), "labels": labels}
        selector = copy.deepcopy(spec["selector"])
        selector["matchLabels"] = {**(selector.get("matchLabels") or {}), HASH_LABEL: label}
        namespace, name = name_of(deployment)
        created = self.cluster.objects.create(
            RESOURCES[SETS],
            namespace,
            {
                "metadata": {
                    "name": f"{name}-{label}",
                    "labels": labels,
                    "annotations": {REVISION: str(revision)},
                    "ownerReferences": [owner_reference(deployment)],
                },
                "spec": {
                    "replicas": 0,
                    "minReadySeconds": spec.get("minReadySeconds", 0),
                    "selector": selector,
                    "template": template,
                },
            },
        )
        self._annotate(self.resource, deployment, revision)
        rollout_status.started(self.cluster, deployment, created["metadata"]["name"])
        return created

    def _scale(self, deployment: Object, entry: Object, replicas: int) -> Object:
        before = entry["spec"]["replicas"]
        if before == replicas:
            return entry
        word = "up" if replicas > before else "down"
        message = f"Scaled {word} replica set {entry['metadata']['name']} from {before} to {replicas}"
        self.cluster.events.normal(deployment, "ScalingReplicaSet", message)
        return set_replicas(self.store, SETS, entry, replicas)

    def _scale_paused(self, deployment: Object, sets: list[Object]) -> None:
        """A paused Deployment still follows `replicas` when all its pods are of one template."""
        active = [entry for entry in sets if entry["spec"]["replicas"]]
        if len(active) == 1:
            self._scale(deployment, active[0], deployment["spec"]["replicas"])

    def _recreate(self, deployment: Object, new: Object, old: list[Object]) -> None:
        for entry in old:
            self._scale(deployment, entry, 0)
        running = [pod for entry in old for pod in owned_by(self.store, "pods", entry) if not is_finished(pod)]
        if not running:
            self._scale(deployment, new, deployment["spec"]["replicas"])

    def _roll(self, deployment: Object, new: Object, old: list[Object]) -> None:
        """One step as Kubernetes' own controller takes it: new pods first, then as many old ones less as may be."""
        desired = deployment["spec"]["replicas"]
        surge, unavailable = limits(deployment)
        present = sum(entry["spec"]["replicas"] for entry in [new, *old])
        if new["spec"]["replicas"] > desired:
            new = self._scale(deployment, new, desired)
        elif new["spec"]["replicas"] < desired:
            room = max(0, desired + surge - present)
            new = self._scale(deployment, new, new["spec"]["replicas"] + min(room, desired - new["spec"]["replicas"]))
        self._scale_down_old(deployment, new, old, desired - unavailable)

    def _scale_down_old(self, deployment: Object, new: Object, old: list[Object], least: int) -> None:
        present = sum(entry["spec"]["replicas"] for entry in [new, *old])
        new_missing = new["spec"]["replicas"] - self._available(new)
        may_go = present - least - new_missing
        kept: list[Object] = []
        for entry in sorted(old, key=lambda entry: entry["metadata"]["creationTimestamp"]):
            unhealthy = max(0, entry["spec"]["replicas"] - self._available(entry))
            gone = max(0, min(may_go, unhealthy))  # pods that don't serve anyway go first
            may_go -= gone
            kept.append(self._scale(deployment, entry, entry["spec"]["replicas"] - gone))
        spare = min(may_go, sum(self._available(entry) for entry in [new, *kept]) - least)
        for entry in kept:
            gone = max(0, min(spare, entry["spec"]["replicas"]))
            spare -= gone
            self._scale(deployment, entry, entry["spec"]["replicas"] - gone)

    def _available(self, entry: Object) -> int:
        available = rollout_status.available_pods(self.store, entry)
        return min(len(available), entry["spec"]["replicas"])  # pods that are yet to go are not counted on

    def _clean_up(self, deployment: Object, old: list[Object]) -> None:
        kept = deployment["spec"]["revisionHistoryLimit"]
        empty = [
            entry for entry in old if not entry["spec"]["replicas"] and not (entry.get("status") or {}).get("replicas")
        ]
        for entry in sorted(empty, key=_revision)[: max(0, len(empty) - kept)]:
            self.cluster.objects.delete(RESOURCES[SETS], *name_of(entry))


def _revision(replica_set: Object) -> int:
    return int(replica_set["metadata"].get("annotations", {}).get(REVISION, 0))
