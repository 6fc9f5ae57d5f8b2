"""How many replicas a metric asks for.

Source: k8s.io/kubernetes v1.35, pkg/controller/podautoscaler/replica_calculator.go. As there, values are whole
thousandths (of a CPU, of a byte, of whatever a gauge counts).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from localcloud.services.kubernetes.api.conditions import condition, is_terminating
from localcloud.services.kubernetes.api.quantities import quantity
from localcloud.services.kubernetes.api.store import Object
from localcloud.services.kubernetes.api.times import seconds_since

TOLERANCE = 0.1  # no change within 10 % of the target
CPU_INITIALIZATION_SECONDS = 300.0  # of a pod, in which it uses more CPU than its work needs
INITIAL_READINESS_SECONDS = 30.0  # a pod that became unready so soon after its start has never been ready
Values = dict[str, int]  # by pod uid


class MetricError(Exception):
    """A metric can't be computed; the message says why."""


class Groups(NamedTuple):
    """Pods by uid: how many of them count as they are, which count as idle, which have no value, which don't count."""

    ready: int
    unready: set[str]
    missing: set[str]
    ignored: set[str]


def group(pods: list[Object], values: Values, cpu_window: float | None) -> Groups:
    """`cpu_window`: the seconds that values are averages of, if they are CPUs, whose readiness rule they then have."""
    groups = Groups(0, set(), set(), set())
    for pod in pods:
        uid, phase = pod["metadata"]["uid"], pod["status"].get("phase")
        if is_terminating(pod) or phase == "Failed":
            groups.ignored.add(uid)
        elif phase == "Pending":
            groups.unready.add(uid)
        elif uid not in values:
            groups.missing.add(uid)
        elif cpu_window is not None and _is_starting(pod, cpu_window):
            groups.unready.add(uid)
    apart = len(groups.unready) + len(groups.missing) + len(groups.ignored)
    return groups._replace(ready=len(pods) - apart)


def _is_starting(pod: Object, window: float) -> bool:
    """Whether the CPU a pod uses is that of its start."""
    found, started = condition(pod, "Ready"), pod["status"].get("startTime")
    if found is None or started is None:
        return True
    unready = found["status"] == "False"
    age, in_this_state = seconds_since(started), seconds_since(found["lastTransitionTime"])
    if age < CPU_INITIALIZATION_SECONDS:
        return unready or in_this_state < window
    return unready and age - in_this_state < INITIAL_READINESS_SECONDS


def by_average(
    pods: list[Object], values: Values, current: int, target: int, cpu_window: float | None = None
) -> tuple[int, int]:
    """Replicas for a target of the pods' average, and the average now."""
    counted, groups = _counted(pods, values, cpu_window)
    average = sum(counted.values()) // len(counted)

    def ratio(values: Values) -> float:
        return sum(values.values()) // len(values) / target

    return _replicas(counted, groups, current, ratio, lambda _: target), average


def by_utilization(
    pods: list[Object], values: Values, current: int, resource: str, target: int, cpu_window: float | None = None
) -> tuple[int, int, int]:
    """Replicas for a target in per cent of what the pods request of a resource; per cent and average now."""
    counted, groups = _counted(pods, values, cpu_window)
    requests = {pod["metadata"]["uid"]: _requested(pod, resource) for pod in pods}
    if not sum(requests[uid] for uid in counted):
        raise MetricError("no metrics returned matched known pods")

    def percent(values: Values) -> int:
        return 100 * sum(values.values()) // sum(requests[uid] for uid in values)

    replicas = _replicas(
        counted,
        groups,
        current,
        lambda values: percent(values) / target,
        lambda uid: requests[uid] * max(100, target) // 100,
    )
    return replicas, percent(counted), sum(counted.values()) // len(counted)


def _counted(pods: list[Object], values: Values, cpu_window: float | None) -> tuple[Values, Groups]:
    """The values of pods that count as they are."""
    if not pods:
        raise MetricError("no pods returned by selector while calculating replica count")
    known = {pod["metadata"]["uid"] for pod in pods}
    groups = group(pods, values, cpu_window)
    left_out = groups.unready | groups.ignored
    counted = {uid: value for uid, value in values.items() if uid in known - left_out}
    if not counted:
        raise MetricError("did not receive metrics for targeted pods (pods might be unready)")
    return counted, groups


def _replicas(
    values: Values,
    groups: Groups,
    current: int,
    ratio_of: Callable[[Values], float],
    at_target: Callable[[str], int],
) -> int:
    """Who is not known counts as idle when scaling up and as `at_target` when scaling down: neither may turn it."""
    ratio = ratio_of(values)
    up_with_unready = bool(groups.unready) and ratio > 1
    if not up_with_unready and not groups.missing:
        return current if abs(1 - ratio) <= TOLERANCE else math.ceil(ratio * groups.ready)
    guessed = dict(values)
    if ratio != 1:
        guessed |= {uid: at_target(uid) if ratio < 1 else 0 for uid in groups.missing}
    if up_with_unready:
        guessed |= dict.fromkeys(groups.unready, 0)
    damped = ratio_of(guessed)
    wanted = math.ceil(damped * len(guessed))
    turned = (ratio < 1 < damped) or (damped < 1 < ratio)
    against = (damped < 1 and wanted > current) or (damped > 1 and wanted < current)
    return current if abs(1 - damped) <= TOLERANCE or turned or against else wanted


def _requested(pod: Object, resource: str) -> int:
    sidecars = [entry for entry in pod["spec"].get("initContainers") or [] if entry.get("restartPolicy") == "Always"]
    total = 0
    for container in [*pod["spec"]["containers"], *sidecars]:
        requests = container.get("resources", {}).get("requests") or {}
        if resource not in requests:
            where = f"container {container['name']} of Pod {pod['metadata']['name']}"
            raise MetricError(f"missing request for {resource} in {where}")
        total += round(1000 * quantity(requests[resource]))
    return total
