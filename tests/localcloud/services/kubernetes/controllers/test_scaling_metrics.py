"""What each type of metric asks for, and why one can't be computed."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.services.kubernetes.api.store import Object, Store
from localcloud.services.kubernetes.controllers.resource_usage import Sampler
from localcloud.services.kubernetes.controllers.scaling_metrics import Proposal, Refusal, ScalingMetrics
from localcloud.services.kubernetes.network.pod_metrics import PodMetrics
from tests.localcloud.services.kubernetes.controllers.measured import CPU, LOAD, Measured, load
from tests.localcloud.services.kubernetes.in_process import ready_pod


@pytest.fixture
def metrics(store: Store, measured: Measured) -> ScalingMetrics:
    """Of pods p0 and p1, which use half a CPU each, and say that they have a load of 0.9."""
    pod_metrics = PodMetrics(store)
    pod_metrics.values = lambda namespace, name: {LOAD: {"uid-p0": 0.9, "uid-p1": 0.9}, f"{LOAD}-yet": {}}.get(name)
    sampler, measured.cpus = Sampler(measured), {"uid-p0": 0.5, "uid-p1": 0.5}
    for measured.moment in (60.0, 120.0):
        sampler.sample()
    return ScalingMetrics(sampler, pod_metrics)


def pods(requests: dict[str, str] | None = None) -> list[Object]:
    found = [ready_pod(f"p{index}", "127.1.1.1", app="web") for index in range(2)]
    for pod in found:
        pod["spec"]["containers"][0]["resources"] = {"requests": requests or {"cpu": "500m", "memory": "1Ki"}}
    return found


def resource(name: str, **target: Any) -> dict[str, Any]:
    return {"type": "Resource", "resource": {"name": name, "target": target}}


@pytest.mark.parametrize(
    ("metric", "replicas", "name", "current"),
    [
        (load("600m"), 3, f"pods metric {LOAD}", {"averageValue": "900m"}),
        (load("1"), 2, f"pods metric {LOAD}", {"averageValue": "900m"}),
        (
            CPU,
            4,
            "cpu resource utilization (percentage of request)",
            {"averageUtilization": 100, "averageValue": "500m"},
        ),
        (resource("cpu", type="AverageValue", averageValue="250m"), 4, "cpu resource", {"averageValue": "500m"}),
        (resource("memory", type="AverageValue", averageValue="2k"), 1, "memory resource", {"averageValue": "1000"}),
    ],
)
def test_replicas_by_a_metric(
    metrics: ScalingMetrics, metric: dict[str, Any], replicas: int, name: str, current: dict[str, Any]
) -> None:
    found = metrics.compute(metric, "default", pods(), 2)
    assert isinstance(found, Proposal)
    assert (found.replicas, found.metric, found.status["type"]) == (replicas, name, metric["type"])
    assert found.status[metric["type"].lower()]["current"] == current


NO_CUSTOM = "unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered"
OBJECT = {"describedObject": {"kind": "Service", "name": "web"}, "metric": {"name": "hits"}}
OBJECT |= {"target": {"type": "Value", "value": "1"}}
EXTERNAL = {"metric": {"name": "depth"}, "target": {"type": "Value", "value": "1"}}
OF_CONTAINER = {"container": "main", **CPU["resource"]}


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        (load(name=f"{LOAD}-2"), f"the server could not find the metric {LOAD}-2 for pods"),
        (load(name=f"{LOAD}-yet"), "no metrics returned from custom metrics API"),
        (load(name="rps"), f"unable to get metric rps: {NO_CUSTOM}"),
        ({"type": "Object", "object": OBJECT}, f"unable to get metric hits: {NO_CUSTOM}"),
        ({"type": "External", "external": EXTERNAL}, "resource (get depth.external.metrics.k8s.io)"),
        ({"type": "ContainerResource", "containerResource": OF_CONTAINER}, "measures pods, not their containers"),
        (resource("gpu", type="AverageValue", averageValue="1"), "no metrics returned from resource metrics API"),
        (resource("cpu", type="Utilization"), "failed to get cpu utilization: neither an average utilization target"),
    ],
)
def test_what_is_not_served_says_so_as_kubernetes_does(
    metrics: ScalingMetrics, metric: dict[str, Any], message: str
) -> None:
    found = metrics.compute(metric, "default", pods(), 2)
    assert isinstance(found, Refusal)
    assert (found.reason, message in found.message) == (f"FailedGet{metric['type']}Metric", True)


def test_without_a_request_there_is_no_utilization(metrics: ScalingMetrics) -> None:
    found = metrics.compute(CPU, "default", pods({"memory": "1Ki"}), 2)
    assert isinstance(found, Refusal)
    assert found.message.endswith("missing request for cpu in container main of Pod p0")


def test_labels_of_gauges_are_not_told_apart(metrics: ScalingMetrics) -> None:
    metric = load()
    metric["pods"]["metric"]["selector"] = {"matchLabels": {"route": "a"}}
    found = metrics.compute(metric, "default", pods(), 2)
    assert isinstance(found, Refusal)
    assert "leave out the metric's selector" in found.message
