"""Replicas from what pods use and say: with real processes, and look by look."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from kubernetes import client

from localcloud.services.kubernetes.api.conditions import condition
from localcloud.services.kubernetes.api.store import Object
from localcloud.services.kubernetes.controllers.autoscaler import AutoscalerController
from localcloud.services.kubernetes.network.pod_metrics import PodMetrics
from tests.localcloud.services.kubernetes.bodies import deployment
from tests.localcloud.services.kubernetes.controllers.measured import CPU, LOAD, Measured, autoscaling_metric, load
from tests.localcloud.services.kubernetes.harness import existing, fetch, wait
from tests.localcloud.services.kubernetes.in_process import InProcess, ready_pod
from tests.localcloud.services.kubernetes.kube import Kube, address_of, conditions, model

SCALERS = "horizontalpodautoscalers.autoscaling"
GROUP = ("autoscaling.gke.io", "v1beta1")
AT_ONCE = {"scaleDown": {"stabilizationWindowSeconds": 0}}


def scaler(most: int, *metrics: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """An autoscaler of `web`, by CPU if nothing else is said."""
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    given = {"minReplicas": 1, "maxReplicas": most, "metrics": list(metrics) or [CPU], **spec}
    return {"metadata": {"name": "web"}, "spec": {"scaleTargetRef": target, **given}}


def settled(kube: Kube, namespace: str, replicas: int) -> client.V2HorizontalPodAutoscaler:
    """The autoscaler, once it wants so many replicas."""

    def look() -> client.V2HorizontalPodAutoscaler | None:
        found = kube.scaling.read_namespaced_horizontal_pod_autoscaler("web", namespace)
        return found if existing(found.status).desired_replicas == replicas else None

    return wait(look, f"the autoscaler wants {replicas}")


def test_autoscaler_follows_cpu(kube: Kube, namespace: str) -> None:
    kube.deploy(namespace, deployment(replicas=1, resources={"requests": {"cpu": "500m"}}))
    pod_ip = address_of(kube.ready(namespace, 1)[0])
    body = scaler(2, behavior=AT_ONCE)
    kube.scaling.create_namespaced_horizontal_pod_autoscaler(
        namespace, model(client.V2HorizontalPodAutoscaler, body)
    )  # fmt: skip
    busy = threading.Thread(target=fetch, args=(pod_ip, "/busy"))
    busy.start()
    kube.ready(namespace, 2)
    fetch(pod_ip, "/calm")
    busy.join()
    reason = "cpu resource utilization (percentage of request) above target"
    assert f"New size: 2; reason: {reason}" in kube.events(namespace, "SuccessfulRescale")
    kube.ready(namespace, 1)
    found = settled(kube, namespace, 1)
    assert conditions(found)["ScalingActive"] == ("True", "ValidMetricFound")
    resource = existing(existing(existing(found.status).current_metrics)[0].resource)
    assert existing(existing(resource.current).average_utilization) < 50


def test_autoscaler_follows_what_pods_say_of_their_load(kube: Kube, namespace: str) -> None:
    kube.deploy(namespace, deployment(replicas=1))
    pod_ip = address_of(kube.ready(namespace, 1)[0])
    body = {"apiVersion": "/".join(GROUP), "kind": "AutoscalingMetric"}
    body |= autoscaling_metric("web", ("load", "serving_load"))
    client.CustomObjectsApi(kube.api).create_namespaced_custom_object(*GROUP, namespace, "autoscalingmetrics", body)
    fetch(pod_ip, "/load?2.4")
    kube.scaling.create_namespaced_horizontal_pod_autoscaler(
        namespace, model(client.V2HorizontalPodAutoscaler, scaler(3, load(), CPU, behavior=AT_ONCE))
    )  # fmt: skip
    kube.ready(namespace, 3)
    found = settled(kube, namespace, 3)
    assert conditions(found)["ScalingLimited"] == ("True", "TooManyReplicas")
    fetch(pod_ip, "/load?0")
    kube.ready(namespace, 1)
    found = settled(kube, namespace, 1)
    assert conditions(found)["ScalingActive"] == ("True", "ValidMetricFound")
    said = existing(existing(existing(found.status).current_metrics)[0].pods)
    assert (said.metric.name, existing(said.current).average_value) == (LOAD, "0")
    assert f"New size: 3; reason: pods metric {LOAD} above target" in kube.events(namespace, "SuccessfulRescale")


class Web:
    """A Deployment `web` with running pods p0, p1, ... and an autoscaler of it, looked at as often as a test says."""

    def __init__(self, cluster: InProcess, measured: Measured, replicas: int, body: dict[str, Any]) -> None:
        self.cluster, self.measured = cluster, measured
        self.gauges: dict[str, dict[str, float]] = {}
        pod_metrics = PodMetrics(cluster.store)
        pod_metrics.values = lambda namespace, name: self.gauges.get(name)
        self.controller = AutoscalerController(cluster.cluster, measured, pod_metrics)
        cluster.create("deployments.apps", deployment(replicas=replicas))
        for index in range(replicas):
            pod = ready_pod(f"p{index}", f"127.1.1.{index}", app="web")
            pod["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "100m"}}
            cluster.store.create("pods", pod)
        cluster.create(SCALERS, body)

    def look(self, cpus: list[float] | None = None, *loads: float) -> int:
        """The replicas after the autoscaler has looked, with the CPUs and the loads of p0, p1, ..."""
        self.measured.cpus = {f"uid-p{index}": used for index, used in enumerate(cpus or [])}
        if loads:
            self.gauges[LOAD] = {f"uid-p{index}": value for index, value in enumerate(loads)}
        self.controller.sampler.sample()
        self.measured.moment += 60
        self.controller.reconcile("default", "web")
        return self.cluster.store.require("deployments.apps", "default", "web")["spec"]["replicas"]

    @property
    def status(self) -> Object:
        return self.cluster.store.require(SCALERS, "default", "web")["status"]

    def condition(self, kind: str) -> tuple[str, str, str]:
        found = existing(condition({"status": self.status}, kind))
        return found["status"], found["reason"], found.get("message", "")

    def events(self) -> set[tuple[str, str]]:
        return {(event["reason"], event["message"]) for event in self.cluster.store.list("events")}


@pytest.fixture
def web(in_process: InProcess, measured: Measured) -> Any:
    measured.moment = 60.0
    return lambda replicas, body: Web(in_process, measured, replicas, body)


@pytest.mark.parametrize(
    ("used", "others", "expected"),
    [
        ([0.05, 0.05], 0, 2),  # 50 % of 100m, as wanted
        ([0.054, 0.054], 0, 2),  # within a tenth of it
        ([0.1, 0.1], 0, 4),  # ceil(2 * 100 / 50)
        ([0.1], 1, 2),  # a pod of which nothing is known counts as idle
        ([0.01, 0.01], 0, 1),
        ([], 2, 2),
    ],
)
def test_replicas_by_cpu(web: Any, used: list[float], others: int, expected: int) -> None:
    found = web(len(used) + others, scaler(10, behavior=AT_ONCE))
    assert found.look(used) == expected
    assert found.status["desiredReplicas"] == (expected if used else 0)
    assert found.condition("ScalingActive")[0] == str(bool(used))


def test_the_most_that_a_metric_asks_for_counts(web: Any) -> None:
    found = web(2, scaler(10, load(), CPU, behavior=AT_ONCE))
    assert found.look([0.01, 0.01], 3.0, 3.0) == 6  # four more at once
    assert found.condition("ScalingActive")[2].endswith(f"calculate a replica count from pods metric {LOAD}")
    pods, cpu = found.status["currentMetrics"]
    assert pods == {"type": "Pods", "pods": {"metric": {"name": LOAD}, "current": {"averageValue": "3"}}}
    assert cpu["resource"]["current"] == {"averageUtilization": 10, "averageValue": "10m"}
    assert found.condition("AbleToScale")[:2] == ("True", "SucceededRescale")
    assert ("SuccessfulRescale", f"New size: 6; reason: pods metric {LOAD} above target") in found.events()


def test_an_idle_one_goes_to_the_floor(web: Any) -> None:
    found = web(5, scaler(10, load(), CPU, minReplicas=2, behavior=AT_ONCE))
    assert found.look([0.0] * 5, *[0.0] * 5) == 2
    assert found.condition("ScalingLimited")[:2] == ("True", "TooFewReplicas")
    assert ("SuccessfulRescale", "New size: 2; reason: All metrics below target") in found.events()


UNKNOWN = "the server could not find the metric autoscaling.gke.io|web|load for pods"


def test_with_a_metric_that_nobody_serves_nothing_is_scaled(web: Any) -> None:
    found = web(3, scaler(10, load(), behavior=AT_ONCE))
    assert found.look() == 3
    status, reason, said = found.condition("ScalingActive")
    assert (status, reason) == ("False", "FailedGetPodsMetric")
    assert said.startswith(f"the HPA was unable to compute the replica count: unable to get metric {LOAD}: ")
    assert found.status["currentMetrics"] == [{"type": ""}]
    assert {event for event, _ in found.events()} == {"FailedGetPodsMetric", "FailedComputeMetricsReplicas"}


def test_with_a_metric_missing_the_others_may_only_ask_for_more(web: Any) -> None:
    found = web(4, scaler(10, load(), CPU, behavior=AT_ONCE))
    assert found.look([0.01] * 4) == 4
    assert found.condition("ScalingActive")[:2] == ("False", "FailedGetPodsMetric")
    assert ("FailedComputeMetricsReplicas", "invalid metrics (1 invalid out of 2), first error is: failed to get pods "
            f"metric value: unable to get metric {LOAD}: unable to fetch metrics from custom metrics API: {UNKNOWN}"
            ) in found.events()  # fmt: skip
    assert found.look([0.1] * 4) == 8
    assert found.condition("ScalingActive")[:2] == ("True", "ValidMetricFound")


@pytest.mark.parametrize(
    ("replicas", "expected", "reason"),
    [
        (9, 5, "Current number of replicas above Spec.MaxReplicas"),
        (1, 2, "Current number of replicas below Spec.MinReplicas"),
    ],
)
def test_what_is_out_of_bounds_is_set_right_without_any_metric(
    web: Any, replicas: int, expected: int, reason: str
) -> None:
    found = web(replicas, scaler(5, load(), minReplicas=2))
    assert found.look() == expected
    assert ("SuccessfulRescale", f"New size: {expected}; reason: {reason}") in found.events()


def test_none_at_all_stay_none(web: Any) -> None:
    found = web(0, scaler(5))
    assert found.look() == 0
    assert found.condition("ScalingActive")[:2] == ("False", "ScalingDisabled")


def test_a_target_that_is_not_there_is_named(in_process: InProcess, measured: Measured) -> None:
    in_process.create(SCALERS, scaler(5))
    AutoscalerController(in_process.cluster, measured, PodMetrics(in_process.store)).reconcile("default", "web")
    found = in_process.store.require(SCALERS, "default", "web")
    said = existing(condition(found, "AbleToScale"))
    assert (said["status"], said["reason"]) == ("False", "FailedGetScale")
    assert said["message"].endswith('scale: deployments.apps "web" not found')
