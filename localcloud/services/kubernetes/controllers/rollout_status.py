"""The status of a Deployment: counts, and the conditions Available and Progressing."""

from __future__ import annotations

import copy
from typing import Any

from localcloud.services.kubernetes.api.conditions import (
    condition,
    is_active,
    is_ready,
    owned_by,
    seconds_until_available,
    set_condition,
)
from localcloud.services.kubernetes.api.store import Object, Store
from localcloud.services.kubernetes.api.times import now, seconds_since
from localcloud.services.kubernetes.controllers.base import Cluster
from localcloud.services.kubernetes.controllers.rollout_limits import limits

HASH_LABEL = "pod-template-hash"


def current_set(deployment: Object, sets: list[Object]) -> Object | None:
    """The ReplicaSet whose template is the Deployment's present one."""
    wanted = deployment["spec"]["template"]
    return next((entry for entry in sets if _plain(entry["spec"]["template"]) == _plain(wanted)), None)


def _plain(template: Object) -> Object:
    metadata = dict(template.get("metadata") or {})
    metadata["labels"] = {key: value for key, value in (metadata.get("labels") or {}).items() if key != HASH_LABEL}
    return {**template, "metadata": metadata}


def available_pods(store: Store, replica_set: Object) -> list[Object]:
    seconds = replica_set["spec"].get("minReadySeconds", 0)
    pods = [pod for pod in owned_by(store, "pods", replica_set) if is_active(pod)]
    return [pod for pod in pods if seconds_until_available(pod, seconds) == 0]


def started(cluster: Cluster, deployment: Object, name: str) -> None:
    """A new rollout begins: its progress deadline counts from now."""
    stamp = now()

    def change(obj: Object) -> None:
        message = f'Created new replica set "{name}"'
        status = obj.setdefault("status", {})
        set_condition(status, "Progressing", True, "NewReplicaSetCreated", message, lastUpdateTime=stamp)

    metadata = deployment["metadata"]
    cluster.store.modify("deployments.apps", metadata["namespace"], metadata["name"], change)


def update(cluster: Cluster, namespace: str, name: str) -> float | None:
    """Write the status; returns seconds until the progress deadline if a rollout is under way."""
    deployment = cluster.store.require("deployments.apps", namespace, name)
    sets = owned_by(cluster.store, "replicasets.apps", deployment)
    counts = _counts(cluster.store, deployment, sets)
    again: list[float] = []

    def change(obj: Object) -> None:
        before = obj.get("status") or {}
        status = {"observedGeneration": obj["metadata"]["generation"], **counts}
        status["conditions"] = copy.deepcopy(before.get("conditions") or [])
        _set_available(obj, status)
        again.extend(_set_progressing(obj, before, status))
        obj["status"] = status

    cluster.store.modify("deployments.apps", namespace, name, change)
    return min(again, default=None)


def _counts(store: Store, deployment: Object, sets: list[Object]) -> dict[str, int]:
    current = current_set(deployment, sets)
    pods = {entry["metadata"]["name"]: [p for p in owned_by(store, "pods", entry) if is_active(p)] for entry in sets}
    every = [pod for found in pods.values() for pod in found]
    available = sum(len(available_pods(store, entry)) for entry in sets)
    return {
        "replicas": len(every),
        "updatedReplicas": len(pods[current["metadata"]["name"]]) if current else 0,
        "readyReplicas": sum(is_ready(pod) for pod in every),
        "availableReplicas": available,
        "unavailableReplicas": max(0, max(len(every), deployment["spec"]["replicas"]) - available),
    }


def _set_available(obj: Object, status: dict[str, Any]) -> None:
    enough = status["availableReplicas"] >= obj["spec"]["replicas"] - limits(obj)[1]
    reason = "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable"
    message = "Deployment has minimum availability." if enough else "Deployment does not have minimum availability."
    before = next((entry for entry in status["conditions"] if entry["type"] == "Available"), None)
    same = before is not None and before["status"] == str(enough)
    stamp = before["lastUpdateTime"] if before and same else now()
    set_condition(status, "Available", enough, reason, message, lastUpdateTime=stamp)


def _set_progressing(obj: Object, before: dict[str, Any], status: dict[str, Any]) -> list[float]:
    """Returns the seconds until the deadline, or nothing when there is none to wait for."""
    desired, deadline = obj["spec"]["replicas"], obj["spec"]["progressDeadlineSeconds"]
    known = condition(obj, "Progressing")
    complete = all(status[key] == desired for key in ("updatedReplicas", "replicas", "availableReplicas"))
    if complete:
        if known is None or known.get("reason") != "NewReplicaSetAvailable":
            message = "ReplicaSet has successfully progressed."
            set_condition(status, "Progressing", True, "NewReplicaSetAvailable", message, lastUpdateTime=now())
        return []
    finished = known is not None and known.get("reason") == "NewReplicaSetAvailable"
    another_template = status["replicas"] != status["updatedReplicas"] and not obj["spec"].get("paused")
    if finished and not another_template:
        return []  # a finished rollout that lost a pod is no rollout; a roll back is one
    more = any(status[key] > before.get(key, 0) for key in ("updatedReplicas", "readyReplicas", "availableReplicas"))
    old_before = before.get("replicas", 0) - before.get("updatedReplicas", 0)
    if known is None or finished or more or status["replicas"] - status["updatedReplicas"] < old_before:
        set_condition(
            status, "Progressing", True, "ReplicaSetUpdated", "ReplicaSet is progressing.", lastUpdateTime=now()
        )
        return [deadline + 1.0]
    left = deadline - seconds_since(known["lastUpdateTime"])
    if left > 0:
        return [left + 1.0]
    if known.get("reason") != "ProgressDeadlineExceeded":
        message = f"ReplicaSet has timed out progressing: {deadline} s without a new pod getting ready."
        set_condition(status, "Progressing", False, "ProgressDeadlineExceeded", message, lastUpdateTime=now())
    return []
