"""Rules on a plan's grid: windows are shifts by a fixed number of steps, and end at what a drop-out hides."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tests.simulation.planning.motion import STEP_S
from tests.simulation.planning.plan import Mask, Plan

STEP_US = round(STEP_S * 1e6)

Indices = NDArray[np.intp]
Found = list[tuple[int, int, float | None]]
"""First and last index on the grid, and the peak."""

Parameters = Mapping[str, float]


def radar_with_speed(plan: Plan) -> Mask:
    """Whether radar is recorded and a fresh enough speed too. Plans never let speed drop out near a vehicle."""
    return plan.observed("/radar/tracks") & plan.observed("/vehicle/speed")


def unbroken(seen: Mask, before: int, after: int, parameters: Parameters) -> Mask:
    """Where the steps from `before` before to `after` after are within the plan and hold no hole."""
    holes = np.zeros(len(seen), dtype=np.int64)
    for run in runs(np.flatnonzero(~seen), STEP_US):
        if (run[-1] - run[0] + 2) * STEP_US > parameters["max_gap_us"]:
            holes[run] = 1
    total = np.concatenate([[0], np.cumsum(holes)])
    index = np.arange(len(seen))
    inside = (index - before >= 0) & (index + after < len(seen))
    first, last = np.clip(index - before, 0, None), np.clip(index + after + 1, None, len(seen))
    return inside & (total[last] - total[first] == 0)


def runs(indices: Indices, max_gap_us: float) -> list[Indices]:
    """Split sorted indices of the grid where neighbours are further apart than the gap."""
    if len(indices) == 0:
        return []
    return np.split(indices, np.flatnonzero(np.diff(indices) * STEP_US > max_gap_us) + 1)


def steps(microseconds: float) -> int:
    """A duration as steps of the grid."""
    return round(microseconds / STEP_US)
