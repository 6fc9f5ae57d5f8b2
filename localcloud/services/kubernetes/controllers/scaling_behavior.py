"""How fast an autoscaler may change its target: `spec.behavior`, with Kubernetes' defaults."""

from __future__ import annotations

import math
from typing import Any

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


class Behavior:
    """Remembers one autoscaler's recommendations and changes; times are monotonic seconds."""

    def __init__(self) -> None:
        self.recommended: list[tuple[float, int]] = []
        self.changes: list[tuple[float, int]] = []  # when, by how many replicas

    def limited(self, spec: dict[str, Any], current: int, wanted: int, moment: float) -> int:
        """The replicas to go to now, of those wanted."""
        rules = {side: {**DEFAULTS[side], **((spec.get("behavior") or {}).get(side) or {})} for side in DEFAULTS}
        windows = {side: rules[side]["stabilizationWindowSeconds"] for side in rules}
        self.recommended.append((moment, wanted))
        self.recommended = [entry for entry in self.recommended if moment - entry[0] <= max(windows.values())]
        wanted = self._stabilised(current, windows, moment)
        if wanted > current:
            wanted = min(wanted, self._bound(rules["scaleUp"], current, moment, 1))
        elif wanted < current:
            wanted = max(wanted, self._bound(rules["scaleDown"], current, moment, -1))
        wanted = min(max(wanted, spec.get("minReplicas", 1)), spec["maxReplicas"])
        if wanted != current:
            self.changes.append((moment, wanted - current))
        longest = max((policy["periodSeconds"] for rule in rules.values() for policy in rule["policies"]), default=0)
        self.changes = [entry for entry in self.changes if moment - entry[0] < longest]
        return wanted

    def _stabilised(self, current: int, windows: dict[str, int], moment: float) -> int:
        """Up to the least, down to the most that was recommended within the window of that direction."""

        def within(side: str) -> list[int]:
            return [value for at, value in self.recommended if moment - at <= windows[side]]

        least, most = min(within("scaleUp")), max(within("scaleDown"))
        return least if least > current else most if most < current else current

    def _bound(self, rule: dict[str, Any], current: int, moment: float, sign: int) -> int:
        if rule["selectPolicy"] == "Disabled":
            return current
        bounds = []
        for policy in rule["policies"]:
            recent = [delta for at, delta in self.changes if moment - at < policy["periodSeconds"] and delta * sign > 0]
            before = current - sum(recent)
            if policy["type"] == "Pods":
                bounds.append(before + sign * policy["value"])
            else:
                exact = before * (1 + sign * policy["value"] / 100)
                bounds.append(math.ceil(exact) if sign > 0 else math.floor(exact))
        widest = max if (rule["selectPolicy"] == "Max") == (sign > 0) else min
        return max(0, widest(bounds))
