"""Building blocks of a plan: speed with limited jerk, and values that move smoothly between knots."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

STEP_S = 0.01
"""A plan is sampled every 10 ms."""


def on_grid(seconds: float) -> float:
    """The nearest time of the grid."""
    return round(seconds / STEP_S) * STEP_S


class SpeedProfile:
    """Speed over time from piecewise linear acceleration, so jerk is limited and the integral is exact on the grid."""

    def __init__(self, speed_mps: float) -> None:
        self.speed_mps = speed_mps
        self.start_speed_mps = speed_mps
        self.now_s = 0.0
        self.knots: list[tuple[float, float]] = [(0.0, 0.0)]

    def hold(self, seconds: float) -> None:
        """Keep the speed."""
        self._knot(seconds, 0.0)

    def reach(self, speed_mps: float, acceleration_mps2: float = 1.5, jerk_mps3: float = 3.0) -> None:
        """Change to a speed, at most with the given acceleration (its size) and jerk."""
        change = speed_mps - self.speed_mps
        if abs(change) < 1e-9:
            return
        size = min(acceleration_mps2, math.sqrt(abs(change) * jerk_mps3))
        ramp = max(on_grid(size / jerk_mps3), STEP_S)
        plateau = max(on_grid(abs(change) / size - ramp), 0.0)
        acceleration = change / (ramp + plateau)
        self._knot(ramp, acceleration)
        if plateau > 0:
            self._knot(plateau, acceleration)
        self._knot(ramp, 0.0)
        self.speed_mps = speed_mps

    def sample(self, time_s: Array) -> tuple[Array, Array]:
        """Speed (m/s) and acceleration (m/s2) on the grid."""
        times, accelerations = np.array(self.knots).T
        acceleration = np.interp(time_s, times, accelerations)
        steps = (acceleration[1:] + acceleration[:-1]) / 2 * STEP_S
        speed = self.start_speed_mps + np.concatenate([[0.0], np.cumsum(steps)])
        return np.where(speed < 1e-6, 0.0, speed), acceleration

    def _knot(self, seconds: float, acceleration_mps2: float) -> None:
        self.now_s = on_grid(self.now_s + seconds)
        self.knots.append((self.now_s, acceleration_mps2))


def smooth(knots: Sequence[tuple[float, float]], time_s: Array) -> Array:
    """A value that rests at each knot (time, value) and moves between them with minimal jerk (quintic)."""
    times, values = np.array(knots, dtype=float).T
    place = np.clip(np.searchsorted(times, time_s, side="right") - 1, 0, len(times) - 2)
    part = np.clip((time_s - times[place]) / (times[place + 1] - times[place]), 0.0, 1.0)
    eased = part**3 * (10 - 15 * part + 6 * part**2)
    return values[place] + (values[place + 1] - values[place]) * eased
