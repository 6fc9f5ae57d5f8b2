"""How fast an autoscaler may go."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.services.kubernetes.controllers.scaling_behavior import Behavior


def decided(behavior: Behavior, spec: dict[str, Any], current: int, wanted: int, moment: float) -> int:
    """The replicas that an autoscaler then sets."""
    replicas = behavior.decide(spec, current, wanted, moment).replicas
    if replicas != current:
        behavior.changed(spec, current, replicas, moment)
    return replicas


@pytest.mark.parametrize("behaving", [{}, {"behavior": {"scaleUp": {}}}])
def test_scaling_down_waits_for_its_window_scaling_up_does_not(behaving: dict[str, Any]) -> None:
    behavior, spec = Behavior(), {"minReplicas": 1, "maxReplicas": 10, **behaving}
    assert decided(behavior, spec, 3, 5, moment=0) == 5
    waiting = behavior.decide(spec, 5, 1, moment=100)
    assert (waiting.replicas, waiting.able[0], waiting.limited[1]) == (5, "ScaleDownStabilized", "DesiredWithinRange")
    assert decided(behavior, spec, 5, 1, moment=299) == 5
    assert decided(behavior, spec, 5, 1, moment=401) == 1


def test_scaling_up_may_wait_for_a_window_too() -> None:
    behavior = Behavior()
    spec = {"maxReplicas": 10, "behavior": {"scaleUp": {"stabilizationWindowSeconds": 60}}}
    first = behavior.decide(spec, 1, 4, moment=0)
    assert (first.replicas, first.able[0]) == (1, "ScaleUpStabilized")
    assert decided(behavior, spec, 1, 3, moment=61) == 3


def test_scaling_policies_bound_each_period() -> None:
    up = {"policies": [{"type": "Pods", "value": 2, "periodSeconds": 60}], "stabilizationWindowSeconds": 0}
    behavior, spec = Behavior(), {"minReplicas": 1, "maxReplicas": 10, "behavior": {"scaleUp": up}}
    first = behavior.decide(spec, 2, 9, moment=0)
    assert (first.limited[:2], decided(behavior, spec, 2, 9, moment=0)) == ((True, "ScaleUpLimit"), 4)
    assert decided(behavior, spec, 4, 9, moment=30) == 4
    assert decided(behavior, spec, 4, 9, moment=61) == 6
    assert behavior.changes == [(61, 2)]  # what no policy looks at any more is forgotten
    up["selectPolicy"] = "Disabled"
    assert decided(behavior, spec, 6, 9, moment=200) == 6


def test_scaling_down_goes_by_its_policies() -> None:
    down = {"policies": [{"type": "Percent", "value": 50, "periodSeconds": 60}], "stabilizationWindowSeconds": 0}
    behavior, spec = Behavior(), {"minReplicas": 1, "maxReplicas": 20, "behavior": {"scaleDown": down}}
    assert behavior.decide(spec, 9, 1, moment=0).limited[:2] == (True, "ScaleDownLimit")
    assert decided(behavior, spec, 9, 1, moment=0) == 4
    assert decided(behavior, spec, 4, 1, moment=30) == 4
    assert [decided(behavior, spec, count, 1, moment) for count, moment in ((4, 61.0), (2, 122.0))] == [2, 1]


def test_what_came_meanwhile_may_go_again_at_once() -> None:
    down = {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}], "stabilizationWindowSeconds": 0}
    behavior, spec = Behavior(), {"maxReplicas": 20, "behavior": {"scaleDown": down}}
    assert decided(behavior, spec, 3, 6, moment=0) == 6
    assert decided(behavior, spec, 6, 1, moment=10) == 2  # at the period's start there were 3, of which one may go


@pytest.mark.parametrize(("current", "expected"), [(1, 4), (2, 4), (5, 10)])
def test_without_a_behavior_all_may_double_at_every_look(current: int, expected: int) -> None:
    decision = Behavior().decide({"maxReplicas": 99}, current, 50, moment=0)
    assert (decision.replicas, decision.limited[:2]) == (expected, (True, "ScaleUpLimit"))


@pytest.mark.parametrize(
    ("policy", "current", "wanted", "expected"),
    [
        ({}, 1, 50, 5),  # by default 4 pods or all again, whichever is more
        ({}, 10, 50, 20),
        ({"selectPolicy": "Min"}, 10, 50, 14),
        ({"policies": [{"type": "Percent", "value": 10, "periodSeconds": 60}]}, 5, 9, 6),  # rounded up
    ],
)
def test_steps_up(policy: dict[str, Any], current: int, wanted: int, expected: int) -> None:
    spec = {"maxReplicas": 100, "behavior": {"scaleUp": policy}}
    assert decided(Behavior(), spec, current, wanted, moment=0) == expected


@pytest.mark.parametrize(("wanted", "expected", "reason"), [(0, 2, "TooFewReplicas"), (99, 4, "TooManyReplicas")])
def test_the_least_and_the_most_hold_in_any_case(wanted: int, expected: int, reason: str) -> None:
    down = {"stabilizationWindowSeconds": 0}
    spec = {"minReplicas": 2, "maxReplicas": 4, "behavior": {"scaleDown": down}}
    decision = Behavior().decide(spec, 3, wanted, moment=0)
    assert (decision.replicas, decision.limited[:2]) == (expected, (True, reason))
