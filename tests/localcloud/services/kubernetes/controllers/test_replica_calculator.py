"""Kubernetes' rules in numbers, from its own replica_calculator_test.go where they are there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localcloud.services.kubernetes.api.store import Object
from localcloud.services.kubernetes.api.times import now
from localcloud.services.kubernetes.controllers.replica_calculator import (
    MetricError,
    by_average,
    by_utilization,
)
from tests.localcloud.services.kubernetes.in_process import ready_pod


def pods(count: int, **unusual: dict[str, Any]) -> list[Object]:
    """Running pods p0, p1, ... that request a CPU each; `unusual` says what is otherwise in one's status."""
    found = [ready_pod(f"p{index}", "127.1.1.1") for index in range(count)]
    for pod in found:
        pod["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "1"}}
        pod["status"] |= unusual.get(pod["metadata"]["name"], {})
    return found


def values(*numbers: int) -> dict[str, int]:
    return {f"uid-p{index}": number for index, number in enumerate(numbers)}


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((20000, 10000, 30000), 4),  # Kubernetes' ScaleUpCM with a target of 15
        ((16000, 16000, 16000), 3),  # within the tolerance
        ((17000, 17000, 17000), 4),
        ((12000, 12000, 12000, 12000, 12000), 4),  # ScaleDownCM
        ((0, 0, 0), 0),
    ],
)
def test_replicas_by_an_average(numbers: tuple[int, ...], expected: int) -> None:
    replicas, average = by_average(pods(len(numbers)), values(*numbers), len(numbers), 15000)
    assert (replicas, average) == (expected, sum(numbers) // len(numbers))


@pytest.mark.parametrize(
    ("numbers", "of", "expected"),
    [
        ((5000,), 2, 5),  # 5 times the target: one without a value counts as idle
        ((1500,), 2, 2),  # 0.75 of the target then, which would turn it: no change
        ((500, 500), 3, 2),  # scaling down, it counts as just full
        ((500,), 3, 3),  # 2.5 of 3, rounded up
    ],
)
def test_pods_without_a_value_damp_but_never_turn(numbers: tuple[int, ...], of: int, expected: int) -> None:
    assert by_average(pods(of), values(*numbers), of, 1000)[0] == expected


PENDING = {"phase": "Pending"}


def test_pending_pods_count_as_idle_when_scaling_up_only() -> None:
    assert by_average(pods(2, p1=PENDING), values(3000), 2, 1000)[0] == 3
    assert by_average(pods(2, p1=PENDING), values(500), 2, 1000)[0] == 1


def test_failed_and_leaving_pods_count_for_nothing() -> None:
    every = pods(3, p1={"phase": "Failed"})
    every[2]["metadata"]["deletionTimestamp"] = now()
    assert by_average(every, values(2000, 9000, 9000), 1, 1000) == (2, 2000)


def readiness(value: bool, since: str) -> list[dict[str, str]]:
    return [{"type": "Ready", "status": str(value), "lastTransitionTime": since}]


@pytest.mark.parametrize(
    ("status", "cpu_window", "expected"),
    [
        ({"startTime": "now"}, 60.0, 3),  # started just now, but ready for longer than the window
        ({"startTime": "now", "conditions": readiness(True, "now")}, 60.0, 2),
        ({"conditions": []}, 60.0, 2),
        ({"conditions": []}, None, 3),  # only CPU is otherwise while a pod starts
        ({"conditions": readiness(False, "2026-01-01T00:00:09Z")}, 60.0, 2),  # it has never been ready
        ({"conditions": readiness(False, "2026-01-01T00:01:00Z")}, 60.0, 3),
    ],
)
def test_the_cpu_of_a_pod_that_starts_is_not_counted(
    status: dict[str, Any], cpu_window: float | None, expected: int
) -> None:
    of_now = json.loads(json.dumps(status).replace('"now"', f'"{now()}"'))  # the test may run long after it was read
    found = by_utilization(pods(2, p1=of_now), values(600, 600), 2, "cpu", 40, cpu_window)
    assert found[0] == expected


def test_utilization_is_in_whole_per_cent_of_all_requests() -> None:
    assert by_utilization(pods(3), values(300, 500, 700), 3, "cpu", 30) == (5, 50, 500)


def test_scaling_down_pods_without_cpu_use_all_that_they_request() -> None:
    assert by_utilization(pods(4), values(100, 100, 100), 4, "cpu", 50)[0] == 3  # (100 + 100 + 100 + 1000) / 4 = 32 %


@pytest.mark.parametrize(
    ("of", "numbers", "message"),
    [
        ([], (), "no pods returned by selector while calculating replica count"),
        (pods(1, p0=PENDING), (1000,), r"did not receive metrics for targeted pods \(pods might be unready\)"),
        ([ready_pod("p0", "127.1.1.1")], (1000,), "missing request for cpu in container main of Pod p0"),
    ],
)
def test_what_can_not_be_computed_says_why(of: list[Object], numbers: tuple[int, ...], message: str) -> None:
    with pytest.raises(MetricError, match=message):
        by_utilization(of, values(*numbers), 1, "cpu", 50)
