"""Replicas from what pods use: with real processes, and Kubernetes' rule in numbers."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from kubernetes import client

from localcloud.services.kubernetes.controllers import autoscaler
from localcloud.services.kubernetes.controllers.autoscaler import AutoscalerController, Sampler, Usage
from tests.localcloud.services.kubernetes.bodies import deployment
from tests.localcloud.services.kubernetes.harness import existing, fetch, wait
from tests.localcloud.services.kubernetes.in_process import InProcess, ready_pod
from tests.localcloud.services.kubernetes.kube import Kube, address_of, conditions, model

SCALERS = "horizontalpodautoscalers.autoscaling"


def scaler(most: int, **spec: Any) -> dict[str, Any]:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    cpu = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}
    given = {"minReplicas": 1, "maxReplicas": most, "metrics": [{"type": "Resource", "resource": cpu}], **spec}
    return {"metadata": {"name": "web"}, "spec": {"scaleTargetRef": target, **given}}


def test_autoscaler_follows_cpu(kube: Kube, namespace: str) -> None:
    kube.deploy(namespace, deployment(replicas=1, resources={"requests": {"cpu": "500m"}}))
    pod_ip = address_of(kube.ready(namespace, 1)[0])
    body = scaler(2, behavior={"scaleDown": {"stabilizationWindowSeconds": 0}})
    kube.scaling.create_namespaced_horizontal_pod_autoscaler(
        namespace, model(client.V2HorizontalPodAutoscaler, body)
    )  # fmt: skip
    busy = threading.Thread(target=fetch, args=(pod_ip, "/busy"))
    busy.start()
    kube.ready(namespace, 2)
    fetch(pod_ip, "/calm")
    busy.join()
    assert "New size: 2" in kube.events(namespace, "SuccessfulRescale")
    kube.ready(namespace, 1)

    def settled() -> client.V2HorizontalPodAutoscaler | None:
        found = kube.scaling.read_namespaced_horizontal_pod_autoscaler("web", namespace)
        return found if existing(found.status).desired_replicas == 1 else None

    found = wait(settled, "the autoscaler has settled")
    assert conditions(found)["ScalingActive"] == ("True", "ValidMetricFound")
    resource = existing(existing(existing(found.status).current_metrics)[0].resource)
    assert existing(existing(resource.current).average_utilization) < 50


class Measured:
    """Pods whose use the test says; each measurement is a minute after the last."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.moment, self.cpus = 0.0, dict[str, float]()
        self._seconds = dict[str, float]()
        monkeypatch.setattr(autoscaler.time, "monotonic", lambda: self.moment)

    def usage(self) -> dict[str, Usage]:
        for uid, cpus in self.cpus.items():
            self._seconds[uid] = self._seconds.get(uid, 0.0) + 60 * cpus
        return {uid: Usage(seconds, 1000.0) for uid, seconds in self._seconds.items()}


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Measured:
    return Measured(monkeypatch)


def test_seconds_of_use_become_cpus_and_are_measured_once_a_second(measured: Measured) -> None:
    sampler, measured.cpus = Sampler(measured), {"a": 0.5}
    for measured.moment in (60.0, 120.0):
        sampler.sample()
    assert sampler.current == {"a": {"cpu": 0.5, "memory": 1000.0}}
    measured.moment, measured.cpus["a"] = 120.5, 2.0
    sampler.sample()
    assert sampler.current["a"]["cpu"] == 0.5


@pytest.mark.parametrize(
    ("used", "unready", "expected"),
    [
        ([0.05, 0.05], 0, 2),  # 50 % of 100m, as wanted
        ([0.054, 0.054], 0, 2),  # within a tenth of it
        ([0.1, 0.1], 0, 4),  # ceil(2 * 100 / 50)
        ([0.1], 1, 2),  # a pod that isn't ready counts as idle
        ([0.01, 0.01], 0, 1),
        ([], 2, 2),  # nothing is known
    ],
)
def test_replicas_as_kubernetes_computes_them(
    in_process: InProcess, measured: Measured, used: list[float], unready: int, expected: int
) -> None:
    replicas = len(used) + unready
    in_process.create("deployments.apps", deployment(replicas=replicas))
    behavior = {"scaleDown": {"stabilizationWindowSeconds": 0}}
    in_process.create(SCALERS, scaler(10, behavior=behavior))
    for index in range(replicas):
        pod = ready_pod(f"p{index}", f"127.1.1.{index}", app="web")
        pod["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "100m"}}
        if index >= len(used):
            pod["status"]["conditions"] = []
        in_process.store.create("pods", pod)
    controller, measured.cpus = AutoscalerController(in_process.cluster, measured), {}
    measured.cpus = {f"uid-p{index}": cpus for index, cpus in enumerate(used)}
    for measured.moment in (60.0, 120.0):
        controller.reconcile("default", "web")
    assert in_process.store.require("deployments.apps", "default", "web")["spec"]["replicas"] == expected
    status = in_process.store.require(SCALERS, "default", "web")["status"]
    assert status["desiredReplicas"] == expected
    active = next(entry for entry in status["conditions"] if entry["type"] == "ScalingActive")
    assert active["status"] == str(bool(used))


def test_without_a_request_there_is_no_utilization(in_process: InProcess, measured: Measured) -> None:
    in_process.create("deployments.apps", deployment(replicas=1))
    in_process.create(SCALERS, scaler(10))
    in_process.store.create("pods", ready_pod("p", "127.1.1.2", app="web"))
    controller, measured.cpus = AutoscalerController(in_process.cluster, measured), {"uid-p": 1.0}
    for measured.moment in (60.0, 120.0):
        controller.reconcile("default", "web")
    status = in_process.store.require(SCALERS, "default", "web")["status"]
    active = next(entry for entry in status["conditions"] if entry["type"] == "ScalingActive")
    assert active["message"] == "missing request for cpu in container main of Pod p"
