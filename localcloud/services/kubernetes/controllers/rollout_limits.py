"""How many pods a rollout may have too many, and too few."""

from __future__ import annotations

import math
from typing import Any

from localcloud.services.kubernetes.api.store import Object


def share(value: Any, of: int, round_up: bool) -> int:
    """An absolute number from `3` or `25%`."""
    if isinstance(value, str) and value.endswith("%"):
        exact = int(value[:-1]) * of / 100
        return math.ceil(exact) if round_up else math.floor(exact)
    return int(value)


def limits(deployment: Object) -> tuple[int, int]:
    """maxSurge and maxUnavailable as numbers of pods; never both 0."""
    spec = deployment["spec"]
    if spec["strategy"]["type"] == "Recreate":
        return 0, spec["replicas"]
    rolling = spec["strategy"].get("rollingUpdate") or {}
    surge = share(rolling.get("maxSurge", "25%"), spec["replicas"], round_up=True)
    unavailable = share(rolling.get("maxUnavailable", "25%"), spec["replicas"], round_up=False)
    return surge, unavailable if surge or unavailable else 1
