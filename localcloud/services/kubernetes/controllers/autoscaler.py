"""HorizontalPodAutoscaler (autoscaling/v2): replicas from the pods' measured CPU and memory."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

from localcloud.services.kubernetes.api.conditions import is_active, is_ready, set_condition
from localcloud.services.kubernetes.api.quantities import quantity
from localcloud.services.kubernetes.api.selectors import labels_match
from localcloud.services.kubernetes.api.store import Change, Object
from localcloud.services.kubernetes.api.times import now
from localcloud.services.kubernetes.controllers.base import Cluster, Controller, Name, name_of
from localcloud.services.kubernetes.controllers.scaling_behavior import Behavior
from localcloud.services.kubernetes.controllers.workload import set_replicas

SYNC_SECONDS = 5.0  # Kubernetes' default is 15
TOLERANCE = 0.1  # Kubernetes' default: no change within 10 % of the target
TARGETS = {"Deployment": "deployments.apps", "ReplicaSet": "replicasets.apps"}


class Usage(NamedTuple):
    """What a pod's processes use: CPU seconds since they started, memory in bytes."""

    cpu_seconds: float
    memory_bytes: float


class UsageSource(Protocol):
    def usage(self) -> dict[str, Usage]:
        """Usage by pod uid."""
        ...


class Sampler:
    """Turns growing CPU seconds into CPUs in use, pod by pod."""

    def __init__(self, source: UsageSource) -> None:
        self.source = source
        self._last: tuple[float, dict[str, Usage]] = (0.0, {})
        self.current: dict[str, dict[str, float]] = {}

    def sample(self) -> None:
        """Measure again, unless that was less than a second ago."""
        moment, (before_moment, before) = time.monotonic(), self._last
        if moment - before_moment < 1.0:
            return
        usage = self.source.usage()
        span = moment - before_moment
        self.current = {
            uid: {"cpu": max(0.0, used.cpu_seconds - before[uid].cpu_seconds) / span, "memory": used.memory_bytes}
            for uid, used in usage.items()
            if uid in before
        }
        self._last = (moment, usage)


class MetricError(Exception):
    """A metric can't be computed; the message says why."""


class AutoscalerController(Controller):
    resource = "horizontalpodautoscalers.autoscaling"

    def __init__(self, cluster: Cluster, source: UsageSource) -> None:
        super().__init__(cluster)
        self.sampler = Sampler(source)
        self._behaviors: dict[Name, Behavior] = {}

    def names(self, change: Change) -> Iterable[Name]:
        if change.resource != self.resource:
            return
        if change.type == "DELETED":
            self._behaviors.pop(name_of(change.object), None)
        elif change.previous is None or change.object["spec"] != change.previous["spec"]:
            yield name_of(change.object)

    def reconcile(self, namespace: str, name: str) -> float | None:
        scaler = self.store.get(self.resource, namespace, name)
        if scaler is None:
            return None
        self.sampler.sample()
        reference = scaler["spec"]["scaleTargetRef"]
        resource = TARGETS.get(reference["kind"])
        target = self.store.get(resource, namespace, reference["name"]) if resource else None
        if resource is None or target is None:
            message = f"{reference['kind']} {reference['name']} is not there to be scaled"
            self._report(scaler, {}, [("AbleToScale", False, "FailedGetScale", message)])
            return SYNC_SECONDS
        self._scale(scaler, resource, target)
        return SYNC_SECONDS

    def _scale(self, scaler: Object, resource: str, target: Object) -> None:
        spec, current = scaler["spec"], target["spec"]["replicas"]
        status: dict[str, Any] = {"currentReplicas": (target.get("status") or {}).get("replicas", 0)}
        able = ("AbleToScale", True, "ReadyForNewScale", "recommended size matches current size")
        if current == 0:
            off = ("ScalingActive", False, "ScalingDisabled", "scaling is disabled since the target has 0 replicas")
            self._report(scaler, {**status, "desiredReplicas": 0}, [able, off])
            return
        proposals, metrics, problem = self._proposals(scaler, target, current)
        active = ("ScalingActive", True, "ValidMetricFound", "the replica count could be computed from the metrics")
        if problem:
            active = ("ScalingActive", False, "FailedGetResourceMetric", problem)
            self.cluster.events.warning(scaler, "FailedGetResourceMetric", problem)
        # with a metric missing, only what the others say about more replicas is safe
        known = [value for value in proposals if not problem or value > current]
        wanted = max(known, default=current)
        behavior = self._behaviors.setdefault(name_of(scaler), Behavior())
        desired = behavior.limited(spec, current, wanted, time.monotonic())
        limited = desired != wanted
        reason, message = (
            ("ScalingLimited", "the desired count is held by a limit") if limited else ("DesiredWithinRange", "")
        )
        status |= {"desiredReplicas": desired, "currentMetrics": metrics}
        if desired != current:
            able = ("AbleToScale", True, "SucceededRescale", f"the target was scaled to {desired}")
            status["lastScaleTime"] = now()
            set_replicas(self.store, resource, target, desired)
            self.cluster.events.normal(scaler, "SuccessfulRescale", f"New size: {desired}")
        self._report(scaler, status, [able, active, ("ScalingLimited", limited, reason, message)])

    def _proposals(self, scaler: Object, target: Object, current: int) -> tuple[list[int], list[Object], str]:
        """Replicas by each metric, the metrics' present values, and what is wrong with one of them."""
        proposals, metrics, problem = [], [], ""
        pods = [
            pod for pod in self.store.list("pods", target["metadata"]["namespace"])
            if labels_match(target["spec"]["selector"], pod["metadata"].get("labels") or {}) and is_active(pod)
        ]  # fmt: skip
        for metric in scaler["spec"].get("metrics") or []:
            try:
                proposal, value = self._by_resource(metric, pods, current)
            except MetricError as error:
                problem = str(error)
                continue
            proposals.append(proposal)
            metrics.append(value)
        return proposals, metrics, problem

    def _by_resource(self, metric: Object, pods: list[Object], current: int) -> tuple[int, Object]:
        if metric["type"] != "Resource" or metric["resource"]["name"] not in {"cpu", "memory"}:
            raise MetricError(f"metric type {metric['type']} is not measured here: use Resource with cpu or memory")
        name, target = metric["resource"]["name"], metric["resource"]["target"]
        measured = {pod["metadata"]["uid"]: self.sampler.current.get(pod["metadata"]["uid"]) for pod in pods}
        ready = [pod for pod in pods if is_ready(pod) and measured[pod["metadata"]["uid"]]]
        if not ready:
            raise MetricError("no metrics of a ready pod yet")
        used = sum((measured[pod["metadata"]["uid"]] or {})[name] for pod in ready)
        if target["type"] == "Utilization":
            per_pod = sum(_requested(pod, name) for pod in ready) / len(ready) * target["averageUtilization"] / 100
        elif target["type"] == "AverageValue":
            per_pod = quantity(target["averageValue"])
        else:
            raise MetricError(f"target type {target['type']} is not supported for a Resource metric")
        average = used / len(ready)
        value: dict[str, Any] = {"averageValue": f"{round(average * 1000)}m" if name == "cpu" else str(round(average))}
        if target["type"] == "Utilization":
            value["averageUtilization"] = round(100 * used / sum(_requested(pod, name) for pod in ready))
        described = {"type": "Resource", "resource": {"name": name, "current": value}}
        return _proposal(average / per_pod, len(ready), len(pods), current), described

    def _report(self, scaler: Object, status: dict[str, Any], conditions: list[tuple[str, bool, str, str]]) -> None:
        def change(obj: Object) -> None:
            known = obj.setdefault("status", {})
            known |= {"currentReplicas": 0, "desiredReplicas": 0, "currentMetrics": []} | known | status
            known["observedGeneration"] = obj["metadata"]["generation"]
            for kind, value, reason, message in conditions:
                set_condition(known, kind, value, reason, message)

        self.store.modify(self.resource, *name_of(scaler), change)


def _proposal(ratio: float, ready: int, every: int, current: int) -> int:
    """Kubernetes' rule: pods that aren't ready count as idle when scaling up, and damp it."""
    if abs(ratio - 1) <= TOLERANCE:
        return current
    if ratio > 1 and every > ready:
        damped = ratio * ready / every
        return max(current, math.ceil(damped * every)) if damped > 1 + TOLERANCE else current
    return math.ceil(ratio * ready)


def _requested(pod: Object, name: str) -> float:
    total = 0.0
    for container in pod["spec"]["containers"]:
        requests = container.get("resources", {}).get("requests") or {}
        if name not in requests:
            where = f"container {container['name']} of Pod {pod['metadata']['name']}"
            raise MetricError(f"missing request for {name} in {where}")
        total += quantity(requests[name])
    return total
