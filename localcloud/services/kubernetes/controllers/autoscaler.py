"""HorizontalPodAutoscaler (autoscaling/v2): replicas from what pods use and say of themselves.

Source: k8s.io/kubernetes v1.35, pkg/controller/podautoscaler/horizontal.go.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from localcloud.services.kubernetes.api.conditions import set_condition
from localcloud.services.kubernetes.api.selectors import labels_match
from localcloud.services.kubernetes.api.store import Change, Object
from localcloud.services.kubernetes.api.times import now
from localcloud.services.kubernetes.controllers.base import Cluster, Controller, Name, name_of
from localcloud.services.kubernetes.controllers.resource_usage import Sampler, UsageSource
from localcloud.services.kubernetes.controllers.scaling_behavior import Behavior
from localcloud.services.kubernetes.controllers.scaling_metrics import Proposal, Refusal, ScalingMetrics
from localcloud.services.kubernetes.controllers.workload import set_replicas
from localcloud.services.kubernetes.network.pod_metrics import PodMetrics

SYNC_SECONDS = 5.0  # Kubernetes' default is 15
TARGETS = {"Deployment": "deployments.apps", "ReplicaSet": "replicasets.apps"}
Condition = tuple[str, bool, str, str]  # type, value, reason, message
ABLE: Condition = (
    "AbleToScale",
    True,
    "SucceededGetScale",
    "the HPA controller was able to get the target's current scale",
)


class AutoscalerController(Controller):
    resource = "horizontalpodautoscalers.autoscaling"

    def __init__(self, cluster: Cluster, source: UsageSource, pod_metrics: PodMetrics) -> None:
        super().__init__(cluster)
        self.sampler = Sampler(source)
        self.metrics = ScalingMetrics(self.sampler, pod_metrics)
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
            why = f'{resource or reference["kind"]} "{reference["name"]}" not found'
            self.cluster.events.warning(scaler, "FailedGetScale", why)
            message = f"the HPA controller was unable to get the target's current scale: {why}"
            self._report(scaler, {}, [("AbleToScale", False, "FailedGetScale", message)])
            return SYNC_SECONDS
        self._look(scaler, resource, target)
        return SYNC_SECONDS

    def _look(self, scaler: Object, resource: str, target: Object) -> None:
        spec, current = scaler["spec"], target["spec"]["replicas"]
        least, most = spec.get("minReplicas", 1), spec["maxReplicas"]
        if current == 0 and least:
            why = "scaling is disabled since the replica count of the target is zero"
            self._settle(scaler, resource, target, 0, "", [ABLE, ("ScalingActive", False, "ScalingDisabled", why)])
        elif current > most:
            self._settle(scaler, resource, target, most, "Current number of replicas above Spec.MaxReplicas", [ABLE])
        elif current < least:
            self._settle(scaler, resource, target, least, "Current number of replicas below Spec.MinReplicas", [ABLE])
        else:
            self._follow_metrics(scaler, resource, target)

    def _follow_metrics(self, scaler: Object, resource: str, target: Object) -> None:
        """The most that a metric asks for; with one of them missing, never fewer than there are."""
        spec, current, namespace = scaler["spec"], target["spec"]["replicas"], target["metadata"]["namespace"]
        selector, every = target["spec"]["selector"], self.store.list("pods", namespace)
        pods = [pod for pod in every if labels_match(selector, pod["metadata"].get("labels") or {})]
        metrics = spec.get("metrics") or []
        results = [self.metrics.compute(metric, namespace, pods, current) for metric in metrics]
        refused = [result for result in results if isinstance(result, Refusal)]
        proposals = [result for result in results if isinstance(result, Proposal)]
        seen = [result.status if isinstance(result, Proposal) else {"type": ""} for result in results]
        for refusal in refused:
            self.cluster.events.warning(scaler, refusal.reason, refusal.message)
        highest = max(proposals, key=lambda proposal: proposal.replicas, default=None)
        if highest is None or (refused and highest.replicas < current):
            first = refused[0]
            why = f"the HPA was unable to compute the replica count: {first.message}"
            self._report(
                scaler,
                {"currentReplicas": current, "currentMetrics": seen},
                [ABLE, ("ScalingActive", False, first.reason, why)],
            )
            counted = f"invalid metrics ({len(refused)} invalid out of {len(metrics)})"
            message = f"{counted}, first error is: {first.context}: {first.message}"
            self.cluster.events.warning(scaler, "FailedComputeMetricsReplicas", message)
            return
        found = f"the HPA was able to successfully calculate a replica count from {highest.metric}"
        decision = self._behavior(scaler).decide(spec, current, highest.replicas, time.monotonic())
        why = f"{highest.metric} above target" if highest.replicas > current else "All metrics below target"
        conditions: list[Condition] = [
            ("AbleToScale", True, *decision.able),
            ("ScalingActive", True, "ValidMetricFound", found),
            ("ScalingLimited", *decision.limited),
        ]
        self._settle(scaler, resource, target, decision.replicas, why, conditions, seen)

    def _behavior(self, scaler: Object) -> Behavior:
        return self._behaviors.setdefault(name_of(scaler), Behavior())

    def _settle(
        self,
        scaler: Object,
        resource: str,
        target: Object,
        replicas: int,
        why: str,
        conditions: list[Condition],
        seen: list[Object] | None = None,
    ) -> None:
        """Give the target its replicas, if that changes them, and report."""
        current = target["spec"]["replicas"]
        status = {"currentReplicas": current, "desiredReplicas": replicas, "currentMetrics": seen or []}
        if replicas != current:
            set_replicas(self.store, resource, target, replicas)
            self._behavior(scaler).changed(scaler["spec"], current, replicas, time.monotonic())
            self.cluster.events.normal(scaler, "SuccessfulRescale", f"New size: {replicas}; reason: {why}")
            message = f"the HPA controller was able to update the target scale to {replicas}"
            conditions = [*conditions, ("AbleToScale", True, "SucceededRescale", message)]
            status["lastScaleTime"] = now()
        self._report(scaler, status, conditions)

    def _report(self, scaler: Object, status: dict[str, Any], conditions: list[Condition]) -> None:
        def change(obj: Object) -> None:
            known = obj.setdefault("status", {})
            known |= {"currentReplicas": 0, "desiredReplicas": 0, "currentMetrics": []} | known | status
            known["observedGeneration"] = obj["metadata"]["generation"]
            for kind, value, reason, message in conditions:
                set_condition(known, kind, value, reason, message)

        self.store.modify(self.resource, *name_of(scaler), change)
