"""How fast an autoscaler may go."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.services.kubernetes.controllers.scaling_behavior import Behavior


def test_scaling_down_waits_for_its_window_scaling_up_does_not() -> None:
    behavior, spec = Behavior(), {"minReplicas": 1, "maxReplicas": 10}
    assert behavior.limited(spec, 2, 5, moment=0) == 5
    assert behavior.limited(spec, 5, 1, moment=100) == 5
    assert behavior.limited(spec, 5, 1, moment=299) == 5
    assert behavior.limited(spec, 5, 1, moment=401) == 1


def test_scaling_policies_bound_each_period() -> None:
    up = {"policies": [{"type": "Pods", "value": 2, "periodSeconds": 60}], "stabilizationWindowSeconds": 0}
    behavior, spec = Behavior(), {"minReplicas": 1, "maxReplicas": 10, "behavior": {"scaleUp": up}}
    assert behavior.limited(spec, 2, 9, moment=0) == 4
    assert behavior.limited(spec, 4, 9, moment=30) == 4
    assert behavior.limited(spec, 4, 9, moment=61) == 6
    assert behavior.changes == [(61, 2)]  # what no policy looks at any more is forgotten
    up["selectPolicy"] = "Disabled"
    assert behavior.limited(spec, 6, 9, moment=200) == 6


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
    assert Behavior().limited(spec, current, wanted, moment=0) == expected


@pytest.mark.parametrize(("wanted", "expected"), [(0, 2), (99, 4)])
def test_the_least_and_the_most_hold_in_any_case(wanted: int, expected: int) -> None:
    down = {"stabilizationWindowSeconds": 0}
    spec = {"minReplicas": 2, "maxReplicas": 4, "behavior": {"scaleDown": down}}
    assert Behavior().limited(spec, 3, wanted, moment=0) == expected
