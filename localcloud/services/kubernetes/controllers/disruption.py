"""PodDisruptionBudget: how many pods may be evicted now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from localcloud.services.kubernetes.api.conditions import controller_of, is_active, is_ready, set_condition
from localcloud.services.kubernetes.api.selectors import labels_match
from localcloud.services.kubernetes.api.store import Change, Object, Store
from localcloud.services.kubernetes.controllers.base import Controller, Name, name_of
from localcloud.services.kubernetes.controllers.rollout_limits import share


class Disruptions(NamedTuple):
    """Numbers of pods."""

    allowed: int
    healthy: int
    desired: int
    expected: int


def allowed_disruptions(store: Store, budget: Object) -> Disruptions:
    """What a budget allows, from the pods as they are now."""
    spec = budget["spec"]
    pods = store.list("pods", budget["metadata"]["namespace"])
    chosen = [pod for pod in pods if labels_match(spec.get("selector"), pod["metadata"].get("labels") or {})]
    chosen = [pod for pod in chosen if is_active(pod)]
    least = spec.get("minAvailable")
    expected = len(chosen) if isinstance(least, int) else _declared_replicas(store, chosen)
    if spec.get("maxUnavailable") is not None:
        desired = max(0, expected - share(spec["maxUnavailable"], expected, round_up=True))
    else:
        desired = share(1 if least is None else least, expected, round_up=True)
    healthy = sum(is_ready(pod) for pod in chosen)
    return Disruptions(max(0, healthy - desired), healthy, desired, expected)


def _declared_replicas(store: Store, pods: list[Object]) -> int:
    """Replicas that the pods' ReplicaSets or their Deployments declare; a pod without one counts as itself."""
    declared: dict[str, int] = {}
    for pod in pods:
        namespace, owner = pod["metadata"]["namespace"], controller_of(pod)
        holder = store.get("replicasets.apps", namespace, owner["name"]) if owner else None
        above = controller_of(holder) if holder else None
        holder = (store.get("deployments.apps", namespace, above["name"]) if above else None) or holder
        uid = (holder or pod)["metadata"]["uid"]
        declared[uid] = holder["spec"]["replicas"] if holder else 1
    return sum(declared.values())


class DisruptionController(Controller):
    resource = "poddisruptionbudgets.policy"

    def names(self, change: Change) -> Iterable[Name]:
        if change.resource == self.resource:
            yield name_of(change.object)
        elif change.resource in {"pods", "deployments.apps"}:
            for budget in self.store.list(self.resource, change.object["metadata"]["namespace"]):
                yield name_of(budget)

    def reconcile(self, namespace: str, name: str) -> float | None:
        budget = self.store.get(self.resource, namespace, name)
        if budget is None:
            return
        now = allowed_disruptions(self.store, budget)

        def change(obj: Object) -> None:
            status = obj.setdefault("status", {})
            status |= {
                "disruptionsAllowed": now.allowed,
                "currentHealthy": now.healthy,
                "desiredHealthy": now.desired,
                "expectedPods": now.expected,
                "observedGeneration": obj["metadata"]["generation"],
            }
            reason = "SufficientPods" if now.allowed else "InsufficientPods"
            set_condition(status, "DisruptionAllowed", now.allowed > 0, reason, " ")

        self.store.modify(self.resource, namespace, name, change)
