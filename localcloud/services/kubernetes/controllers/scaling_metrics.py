"""What an autoscaler's metrics ask for, each by the type of its source.

Source: k8s.io/kubernetes v1.35, pkg/controller/podautoscaler/horizontal.go and metrics/client.go. Of the metrics APIs
that a cluster may have there are those that GKE serves by itself: resources of pods, and gauges of pods.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from localcloud.services.kubernetes.api.quantities import quantity
from localcloud.services.kubernetes.api.store import Object
from localcloud.services.kubernetes.controllers.replica_calculator import (
    MetricError,
    Values,
    by_average,
    by_utilization,
)
from localcloud.services.kubernetes.controllers.resource_usage import Sampler
from localcloud.services.kubernetes.network.pod_metrics import PodMetrics

NO_ADAPTER = "no custom metrics API (custom.metrics.k8s.io) registered"
RESOURCES = ("cpu", "memory")


class Proposal(NamedTuple):
    """Replicas by one metric; what the autoscaler's events call it, and its MetricStatus."""

    replicas: int
    metric: str
    status: Object


class Refusal(NamedTuple):
    """Why a metric can't be computed: the reason that the condition has, its message, and what events say before it."""

    reason: str
    message: str
    context: str


class ScalingMetrics:
    """Computes metrics of one cluster's pods."""

    def __init__(self, sampler: Sampler, pod_metrics: PodMetrics) -> None:
        self.sampler, self.pod_metrics = sampler, pod_metrics

    def compute(self, metric: Object, namespace: str, pods: list[Object], current: int) -> Proposal | Refusal:
        """What one of an autoscaler's metrics asks for its target's pods, of which it declares `current`."""
        kind = metric["type"]
        source = metric[kind[:1].lower() + kind[1:]]
        try:
            if kind == "Pods":
                return self._of_pods(source, namespace, pods, current)
            if kind == "Resource":
                return self._of_resource(source, pods, current)
            raise MetricError(_not_served(kind, source))
        except MetricError as error:
            context = {"Pods": "failed to get pods metric value", "Object": "failed to get object metric value"}
            named = source.get("name") or source.get("metric", {}).get("name", "")
            context |= {"Resource": f"failed to get {named} resource metric value"}
            return Refusal(
                f"FailedGet{kind}Metric", str(error), context.get(kind, f"failed to get {named} external metric value")
            )

    def _of_pods(self, source: Object, namespace: str, pods: list[Object], current: int) -> Proposal:
        name, target = source["metric"]["name"], _thousandths(source["target"]["averageValue"])
        try:
            values = self._gauge(namespace, source["metric"])
        except MetricError as error:
            raise MetricError(f"unable to get metric {name}: {error}") from error
        replicas, average = by_average(pods, values, current, target)
        status = {"metric": source["metric"], "current": {"averageValue": _quantity(average)}}
        return Proposal(replicas, f"pods metric {name}", {"type": "Pods", "pods": status})

    def _gauge(self, namespace: str, metric: Object) -> Values:
        name = metric["name"]
        if not name.startswith("autoscaling.gke.io|"):
            raise MetricError(f"unable to fetch metrics from custom metrics API: {NO_ADAPTER}")
        if metric.get("selector"):
            raise MetricError("the local cloud passes over labels of gauges: leave out the metric's selector")
        values = self.pod_metrics.values(namespace, name)
        if values is None:
            why = f"the server could not find the metric {name} for pods"
            raise MetricError(f"unable to fetch metrics from custom metrics API: {why}")
        if not values:
            raise MetricError("no metrics returned from custom metrics API")
        return {uid: _thousandths(value) for uid, value in values.items()}

    def _of_resource(self, source: Object, pods: list[Object], current: int) -> Proposal:
        name, target = source["name"], source["target"]
        wanted = "usage" if target.get("averageValue") else "utilization"
        try:
            values = self._usage(name, pods)
            window = self.sampler.window if name == "cpu" else None
            if wanted == "usage":
                limit = _thousandths(target["averageValue"])
                replicas, average = by_average(pods, values, current, limit, window)
                measured: dict[str, Any] = {}
            else:
                per_cent = target.get("averageUtilization")
                if per_cent is None:
                    raise MetricError("neither an average utilization target nor an average value target was set")
                replicas, used, average = by_utilization(pods, values, current, name, per_cent, window)
                measured = {"averageUtilization": used}
        except MetricError as error:
            raise MetricError(f"failed to get {name} {wanted}: {error}") from error
        measured["averageValue"] = _quantity(average)
        metric = f"{name} resource" + (" utilization (percentage of request)" if wanted == "utilization" else "")
        return Proposal(replicas, metric, {"type": "Resource", "resource": {"name": name, "current": measured}})

    def _usage(self, name: str, pods: list[Object]) -> Values:
        measured = self.sampler.current if name in RESOURCES else {}
        mine = [pod["metadata"]["uid"] for pod in pods]
        values = {uid: _thousandths(measured[uid][name]) for uid in mine if uid in measured}
        if not values:
            why = "no metrics returned from resource metrics API"
            raise MetricError(f"unable to get metrics for resource {name}: {why}")
        return values


def _not_served(kind: str, source: Object) -> str:
    """What a cluster says of a metric whose API nobody serves."""
    if kind == "ContainerResource":
        return "the local cloud measures pods, not their containers: use a metric of type Resource"
    name = source["metric"]["name"]
    if kind == "Object":
        return f"unable to get metric {name}: unable to fetch metrics from custom metrics API: {NO_ADAPTER}"
    why = f"the server could not find the requested resource (get {name}.external.metrics.k8s.io)"
    return f"unable to get external metric {name}: unable to fetch metrics from external metrics API: {why}"


def _thousandths(value: Any) -> int:
    return round(1000 * quantity(value))


def _quantity(thousandths: int) -> str:
    whole, rest = divmod(thousandths, 1000)
    return f"{thousandths}m" if rest else str(whole)
