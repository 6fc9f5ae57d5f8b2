"""Pods whose use and whose gauges a test says."""

from __future__ import annotations

import time
from typing import Any

import pytest

from localcloud.services.kubernetes.controllers.resource_usage import Usage

LOAD = "autoscaling.gke.io|web|load"
CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}


def load(target: str = "600m", name: str = LOAD) -> dict[str, Any]:
    """A metric that keeps the average of a gauge."""
    wanted = {"type": "AverageValue", "averageValue": target}
    return {"type": "Pods", "pods": {"metric": {"name": name}, "target": wanted}}


class Measured:
    """Pods whose use the test says; each measurement is a minute after the last."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.moment, self.cpus = 0.0, dict[str, float]()
        self._seconds = dict[str, float]()
        monkeypatch.setattr(time, "monotonic", lambda: self.moment)

    def usage(self) -> dict[str, Usage]:
        for uid, cpus in self.cpus.items():
            self._seconds[uid] = self._seconds.get(uid, 0.0) + 60 * cpus
        return {uid: Usage(seconds, 1000.0) for uid, seconds in self._seconds.items()}


def autoscaling_metric(name: str = "web", *gauges: tuple[str, str], port: int = 8080) -> dict[str, Any]:
    """An AutoscalingMetric of the pods of `web`: what autoscalers call a gauge, and what the pods call it."""
    metrics = [{"gauge": {"name": named, "prometheusMetricName": exported}} for named, exported in gauges]
    container = {"endpoint": {"port": port, "path": "/metrics"}, "metrics": metrics}
    pod = {"selector": {"matchLabels": {"app": "web"}}, "containers": [container]}
    return {"metadata": {"name": name}, "spec": {"metrics": [{"pod": pod}]}}
