"""Speed with limited acceleration and jerk, and values that rest at their knots."""

from __future__ import annotations

import numpy as np
import pytest

from tests.simulation.planning.motion import STEP_S, SpeedProfile, on_grid, smooth


@pytest.mark.parametrize(("target", "acceleration", "jerk"), [(22.0, 1.5, 3.0), (4.0, 6.0, 12.0), (10.5, 2.0, 1.0)])
def test_a_speed_is_reached_within_the_limits(target: float, acceleration: float, jerk: float):
    profile = SpeedProfile(10.0)
    profile.hold(1.0)
    profile.reach(target, acceleration, jerk)
    profile.hold(1.0)
    time_s = np.arange(round(profile.now_s / STEP_S) + 1, dtype=np.float64) * STEP_S
    speed, applied = profile.sample(time_s)
    assert speed[:100] == pytest.approx(10.0)
    assert speed[-1] == pytest.approx(target, abs=1e-9)
    assert profile.speed_mps == target
    # Ramps last whole steps, which moves the limits by a few per cent.
    assert np.abs(applied).max() <= acceleration * 1.05
    assert np.abs(np.diff(applied) / STEP_S).max() <= jerk * 1.05


def test_a_speed_that_is_there_takes_no_time():
    profile = SpeedProfile(10.0)
    profile.reach(10.0)
    assert profile.now_s == 0


def test_smooth_rests_at_each_knot_and_never_overshoots():
    time_s = np.linspace(0, 6, 601)
    values = smooth([(1, 0.0), (3, 2.0), (5, 1.0)], time_s)
    assert values[[0, 100, 300, 500, 600]] == pytest.approx([0, 0, 2, 1, 1])
    assert values[200] == pytest.approx(1.0)
    assert (values.min(), values.max()) == pytest.approx((0, 2))
    slope = np.gradient(values, time_s)
    assert np.abs(slope[[100, 300, 500]]).max() < 1e-3


def test_times_are_on_the_grid():
    assert on_grid(1.2349) == pytest.approx(1.23)
