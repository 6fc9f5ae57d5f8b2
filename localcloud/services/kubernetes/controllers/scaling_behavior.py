"""How fast an autoscaler may change its target: `spec.behavior`, with Kubernetes' defaults.

Source: k8s.io/kubernetes v1.35, pkg/controller/podautoscaler/horizontal.go.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

DEFAULTS: dict[str, dict[str, Any]] = {
    "scaleUp": {
        "stabilizationWindowSeconds": 0,
        "selectPolicy": "Max",
        "policies": [
            {"type": "Pods", "value": 4, "periodSeconds": 15},
            {"type": "Percent", "value": 100, "periodSeconds": 15},
        ],
    },
    "scaleDown": {
        "stabilizationWindowSeconds": 300,
        "selectPolicy": "Max",
        "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}],
    },
}


PLAIN_UP_FACTOR, PLAIN_UP_LEAST = 2, 4  # how far up at once without a `behavior`
PLAIN_DOWN_SECONDS = 300.0


class Decision(NamedTuple):
    """The replicas to go to now; reason and message of the conditions AbleToScale and ScalingLimited, and its value."""

    replicas: int
    able: tuple[str, str]
    limited: tuple[bool, str, str]


READY = ("ReadyForNewScale", "recommended size matches current size")
UP_STABILIZED = (
    "ScaleUpStabilized",
    "recent recommendations were lower than current one, applying the lowest recent recommendation",
)
DOWN_STABILIZED = (
    "ScaleDownStabilized",
    "recent recommendations were higher than current one, applying the highest recent recommendation",
)
WITHIN = ("DesiredWithinRange", "the desired count is within the acceptable range")
TOO_MANY = ("TooManyReplicas", "the desired replica count is more than the maximum replica count")
TOO_FEW = ("TooFewReplicas", "the desired replica count is less than the minimum replica count")
TOO_FAST_UP = ("ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate")
TOO_FAST_DOWN = ("ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate")


class Behavior:
    """Remembers one autoscaler's recommendations and changes; times are monotonic seconds."""

    def __init__(self) -> None:
        self.recommended: list[tuple[float, int]] = []
        self.changes: list[tuple[float, int]] = []  # when, by how many replicas

    def decide(self, spec: dict[str, Any], current: int, wanted: int, moment: float) -> Decision:
        """How many of the replicas wanted there may be now."""
        rules = _rules(spec)
        windows = {side: rule["stabilizationWindowSeconds"] for side, rule in rules.items()}
        self.recommended = self.recommended or [(moment, current)]
        kept = max(windows.values(), default=PLAIN_DOWN_SECONDS)
        self.recommended = [entry for entry in self.recommended if moment - entry[0] < kept]
        stable = self._stabilised(current, wanted, windows, moment)
        self.recommended.append((moment, wanted))
        reason = DOWN_STABILIZED if wanted < current or not rules else UP_STABILIZED
        replicas, why = self._limited(spec, rules, current, stable, moment)
        return Decision(replicas, READY if stable == wanted else reason, (replicas != stable, *why))

    def changed(self, spec: dict[str, Any], current: int, replicas: int, moment: float) -> None:
        """Note a change that was made, for as long as a policy looks back to it."""
        periods = [policy["periodSeconds"] for rule in _rules(spec).values() for policy in rule["policies"]]
        self.changes.append((moment, replicas - current))
        self.changes = [entry for entry in self.changes if moment - entry[0] < max(periods, default=0)]

    def _stabilised(self, current: int, wanted: int, windows: dict[str, int], moment: float) -> int:
        """Up to the least, down to the most that was recommended within the window of that direction."""

        def within(seconds: float) -> list[int]:
            return [wanted, *(value for at, value in self.recommended if moment - at < seconds)]

        if not windows:
            return max(within(PLAIN_DOWN_SECONDS))
        least, most = min(within(windows["scaleUp"])), max(within(windows["scaleDown"]))
        return min(max(current, least), most)

    def _limited(
        self, spec: dict[str, Any], rules: dict[str, Any], current: int, stable: int, moment: float
    ) -> tuple[int, tuple[str, str]]:
        """What the policies and the autoscaler's own limits leave of a count, and what to say of that."""
        least, most = spec.get("minReplicas", 1), spec["maxReplicas"]
        if not rules:
            fastest, slowest = max(PLAIN_UP_FACTOR * current, PLAIN_UP_LEAST), 0
        else:
            fastest = max(current, self._bound(rules["scaleUp"], current, moment, 1))
            slowest = min(current, self._bound(rules["scaleDown"], current, moment, -1))
        if stable > min(most, fastest) and (stable > current or not rules):
            return min(most, fastest), TOO_FAST_UP if most > fastest else TOO_MANY
        if stable < max(least, slowest) and (stable < current or not rules):
            return max(least, slowest), TOO_FAST_DOWN if least < slowest else TOO_FEW
        return stable, WITHIN

    def _bound(self, rule: dict[str, Any], current: int, moment: float, sign: int) -> int:
        if rule["selectPolicy"] == "Disabled":
            return current
        bounds = []
        for policy in rule["policies"]:
            before = current - sum(delta for at, delta in self.changes if moment - at < policy["periodSeconds"])
            if policy["type"] == "Pods":
                bounds.append(before + sign * policy["value"])
            else:
                exact = before * (1 + sign * policy["value"] / 100)
                bounds.append(math.ceil(exact) if sign > 0 else math.floor(exact))
        widest = max if (rule["selectPolicy"] == "Max") == (sign > 0) else min
        return widest(bounds)


def _rules(spec: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Those of both directions; none without a `behavior`, which then is a plainer one."""
    given = spec.get("behavior")
    return {side: {**DEFAULTS[side], **(given.get(side) or {})} for side in DEFAULTS} if given else {}
