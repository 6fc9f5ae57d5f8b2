"""Shares of pods, and how many a rollout may have too many and too few."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.services.kubernetes.controllers.rollout_limits import limits, share


def test_shares_round_as_kubernetes_does() -> None:
    assert (share("25%", 3, round_up=True), share("25%", 3, round_up=False), share(2, 9, round_up=True)) == (1, 0, 2)


@pytest.mark.parametrize(
    ("replicas", "strategy", "expected"),
    [
        (10, {"type": "RollingUpdate"}, (3, 2)),  # 25 %: surge is rounded up, unavailable down
        (10, {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "30%", "maxUnavailable": 4}}, (3, 4)),
        (3, {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": "10%"}}, (0, 1)),
        (3, {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "100%", "maxUnavailable": 0}}, (3, 0)),
        (4, {"type": "Recreate"}, (0, 4)),
    ],
)
def test_limits_of_a_rollout(replicas: int, strategy: dict[str, Any], expected: tuple[int, int]) -> None:
    assert limits({"spec": {"replicas": replicas, "strategy": strategy}}) == expected
