"""Gives each pod a node: selector, affinity to nodes, taints; the node with the fewest pods of those that fit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from localcloud.services.kubernetes.api.conditions import is_terminating, set_condition
from localcloud.services.kubernetes.api.selectors import requirement_fits
from localcloud.services.kubernetes.api.store import Change, Object
from localcloud.services.kubernetes.controllers.base import Controller, Name, name_of


class Scheduler(Controller):
    resource = "pods"

    def names(self, change: Change) -> Iterable[Name]:
        if change.resource == "pods" and change.type == "ADDED":
            yield name_of(change.object)
        elif change.resource == "nodes":
            yield from (name_of(pod) for pod in self.store.list("pods") if not pod["spec"].get("nodeName"))

    def reconcile(self, namespace: str, name: str) -> float | None:
        pod = self.store.get("pods", namespace, name)
        if pod is None or is_terminating(pod) or pod["spec"].get("nodeName"):
            return
        nodes = self.store.list("nodes")
        fitting = [node for node in nodes if unfit(pod, node) is None]
        if not fitting:
            reasons = sorted({str(unfit(pod, node)) for node in nodes}) or ["there are no node pools"]
            self._refuse(pod, f"0/{len(nodes)} nodes are available: {'; '.join(reasons)}")
            return
        loads = {node["metadata"]["name"]: 0 for node in fitting}
        for other in self.store.list("pods"):
            if other["spec"].get("nodeName") in loads:
                loads[other["spec"]["nodeName"]] += 1
        chosen = min(fitting, key=lambda node: (-preference(pod, node), loads[node["metadata"]["name"]]))
        node_name = chosen["metadata"]["name"]

        def bind(obj: Object) -> None:
            obj["spec"]["nodeName"] = node_name
            set_condition(obj["status"], "PodScheduled", True)

        bound = self.store.modify("pods", namespace, name, bind)
        self.cluster.events.normal(bound, "Scheduled", f"Successfully assigned {namespace}/{name} to {node_name}")

    def _refuse(self, pod: Object, message: str) -> None:
        def change(obj: Object) -> None:
            set_condition(obj["status"], "PodScheduled", False, "Unschedulable", message)

        self.store.modify("pods", *name_of(pod), change)
        self.cluster.events.warning(pod, "FailedScheduling", message)


def unfit(pod: Object, node: Object) -> str | None:
    """Why a pod can't run on a node; None if it can."""
    spec, labels = pod["spec"], node["metadata"].get("labels") or {}
    if node["spec"].get("unschedulable"):
        return "node(s) were unschedulable"
    if any(labels.get(key) != value for key, value in (spec.get("nodeSelector") or {}).items()):
        return "node(s) didn't match Pod's node selector"
    required = _node_affinity(pod).get("requiredDuringSchedulingIgnoredDuringExecution")
    if required and not any(_term_fits(term, labels) for term in required["nodeSelectorTerms"]):
        return "node(s) didn't match Pod's node affinity"
    for taint in node["spec"].get("taints") or []:
        if taint["effect"] != "PreferNoSchedule" and not _tolerated(pod, taint):
            return f"node(s) had untolerated taint {{{taint['key']}: {taint.get('value', '')}}}"
    return None


def preference(pod: Object, node: Object) -> int:
    """The weight of the pod's preferred node affinity that a node meets, less what it would rather avoid."""
    labels = node["metadata"].get("labels") or {}
    terms = _node_affinity(pod).get("preferredDuringSchedulingIgnoredDuringExecution") or []
    wanted = sum(term["weight"] for term in terms if _term_fits(term["preference"], labels))
    taints = node["spec"].get("taints") or []
    avoided = [t for t in taints if t["effect"] == "PreferNoSchedule" and not _tolerated(pod, t)]
    return wanted - len(avoided)


def _node_affinity(pod: Object) -> dict[str, Any]:
    return (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}


def _term_fits(term: dict[str, Any], labels: dict[str, str]) -> bool:
    return all(requirement_fits(requirement, labels) for requirement in term.get("matchExpressions") or [])


def _tolerated(pod: Object, taint: dict[str, Any]) -> bool:
    for toleration in pod["spec"].get("tolerations") or []:
        if toleration.get("effect") not in {None, "", taint["effect"]}:
            continue
        exists = toleration.get("operator") == "Exists"
        if exists and toleration.get("key") in {None, "", taint["key"]}:
            return True
        if toleration.get("key") == taint["key"] and toleration.get("value", "") == taint.get("value", ""):
            return True
    return False
