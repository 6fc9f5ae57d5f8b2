"""Which node a pod gets, and why another does not do."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.services.kubernetes.node.scheduler import Scheduler, preference, unfit
from tests.localcloud.services.kubernetes.bodies import pod, shell
from tests.localcloud.services.kubernetes.harness import existing
from tests.localcloud.services.kubernetes.in_process import InProcess
from tests.localcloud.services.kubernetes.kube import Kube


def test_taints_and_node_selectors(kube: Kube, namespace: str) -> None:
    toleration = {"key": "cloud.google.com/gke-spot", "operator": "Equal", "value": "true", "effect": "NoSchedule"}
    selector = {"cloud.google.com/gke-spot": "true"}
    kube.start(namespace, pod("tolerant", {"tolerations": [toleration], "nodeSelector": selector}))
    assert existing(kube.ready(namespace, 1, "tolerant")[0].spec).node_name == "gke-one-spot"
    kube.start(namespace, pod("nowhere", {"nodeSelector": selector}))
    message = kube.event(namespace, "FailedScheduling")
    assert message.startswith("0/2 nodes are available:")
    assert "untolerated taint {cloud.google.com/gke-spot: true}" in message
    assert existing(kube.pod(namespace, "nowhere").status).phase == "Pending"


def node(name: str = "n", effect: str = "", unschedulable: bool = False, **labels: str) -> dict[str, Any]:
    taints = [{"key": "gpu", "value": "a100", "effect": effect}] if effect else []
    return {
        "metadata": {"name": name, "labels": labels},
        "spec": {"taints": taints, "unschedulable": unschedulable},
    }


def wanting(*terms: dict[str, Any], preferred: bool = False, weight: int = 1) -> dict[str, Any]:
    """A pod with node affinity: one of the terms required, or all preferred with a weight."""
    if preferred:
        listed = [{"weight": weight, "preference": {"matchExpressions": [term]}} for term in terms]
        affinity: dict[str, Any] = {"preferredDuringSchedulingIgnoredDuringExecution": listed}
    else:
        selector = {"nodeSelectorTerms": [{"matchExpressions": [term]} for term in terms]}
        affinity = {"requiredDuringSchedulingIgnoredDuringExecution": selector}
    return {"spec": {"affinity": {"nodeAffinity": affinity}}}


ZONE_A = {"key": "zone", "operator": "In", "values": ["a"]}
BIG = {"key": "cpus", "operator": "Gt", "values": ["8"]}


@pytest.mark.parametrize(
    ("given", "on", "reason"),
    [
        ({"spec": {}}, node(), None),
        ({"spec": {}}, node(unschedulable=True), "node(s) were unschedulable"),
        ({"spec": {"nodeSelector": {"zone": "a"}}}, node(zone="a"), None),
        ({"spec": {"nodeSelector": {"zone": "a"}}}, node(zone="b"), "node(s) didn't match Pod's node selector"),
        (wanting(ZONE_A), node(zone="b"), "node(s) didn't match Pod's node affinity"),
        (wanting(ZONE_A, BIG), node(zone="b", cpus="16"), None),  # one of the terms is enough
        (wanting(BIG), node(cpus="8"), "node(s) didn't match Pod's node affinity"),
        ({"spec": {}}, node(effect="NoSchedule"), "node(s) had untolerated taint {gpu: a100}"),
        ({"spec": {}}, node(effect="PreferNoSchedule"), None),
        ({"spec": {"tolerations": [{"operator": "Exists"}]}}, node(effect="NoExecute"), None),
        ({"spec": {"tolerations": [{"key": "gpu", "value": "a100"}]}}, node(effect="NoSchedule"), None),
        (
            {"spec": {"tolerations": [{"key": "gpu", "operator": "Exists", "effect": "NoExecute"}]}},
            node(effect="NoSchedule"),
            "node(s) had untolerated taint {gpu: a100}",
        ),
    ],
)
def test_why_a_node_does_not_do(given: dict[str, Any], on: dict[str, Any], reason: str | None) -> None:
    assert unfit(given, on) == reason


def test_preferences_weigh_against_each_other() -> None:
    assert preference(wanting(ZONE_A, BIG, preferred=True, weight=5), node(zone="a", cpus="16")) == 10
    assert preference({"spec": {}}, node(effect="PreferNoSchedule")) == -1


def test_of_nodes_alike_the_emptiest_is_taken(in_process: InProcess) -> None:
    for name in ("a", "b"):
        in_process.create("nodes", node(name), "")
    scheduler = Scheduler(in_process.cluster)
    for name in ("one", "two", "three"):
        in_process.create("pods", shell(name, "true"))
        scheduler.reconcile("default", name)
    taken = [pod["spec"]["nodeName"] for pod in in_process.store.list("pods")]
    assert sorted(taken) in (["a", "a", "b"], ["a", "b", "b"])
    condition = in_process.store.require("pods", "default", "one")["status"]["conditions"][0]
    assert (condition["type"], condition["status"]) == ("PodScheduled", "True")


def test_without_a_node_a_pod_waits_and_says_why(in_process: InProcess) -> None:
    in_process.create("pods", shell("p", "true"))
    Scheduler(in_process.cluster).reconcile("default", "p")
    found = in_process.store.require("pods", "default", "p")
    (condition,) = found["status"]["conditions"]
    assert (condition["reason"], condition["message"]) == (
        "Unschedulable",
        "0/0 nodes are available: there are no node pools",
    )
    assert "nodeName" not in found["spec"]
