"""Windows and runs on the grid: 10 ms a step, none across a hole."""

from __future__ import annotations

import numpy as np
import pytest

from tests.simulation.planning import grid
from tests.simulation.planning.motion import SpeedProfile
from tests.simulation.planning.plan import DropOut, Script, finish
from tests.simulation.planning.road import Road

GIVEN = {"max_gap_us": 500_000}


@pytest.mark.parametrize(("microseconds", "steps"), [(10_000, 1), (500_000, 50), (14_999, 1), (0, 0)])
def test_steps_of_a_duration(microseconds: float, steps: int):
    assert grid.steps(microseconds) == steps


def test_runs_end_where_neighbours_are_further_apart_than_the_gap():
    found = grid.runs(np.array([1, 2, 52, 103, 104]), 500_000)
    assert [run.tolist() for run in found] == [[1, 2, 52], [103, 104]]
    assert grid.runs(np.array([], dtype=np.intp), 500_000) == []


@pytest.mark.parametrize(("missing", "bridged"), [(49, True), (50, False)])
def test_a_hole_longer_than_the_gap_breaks_the_windows_that_hold_it(missing: int, bridged: bool):
    """n missing steps leave (n + 1) steps between the samples around them."""
    seen = np.ones(300, dtype=bool)
    seen[100 : 100 + missing] = False
    whole = grid.unbroken(seen, 10, 5, GIVEN)
    assert not whole[:10].any()
    assert not whole[-5:].any()
    assert whole[10:95].all()
    assert whole[90:170].all() == bridged
    assert whole[170:290].all()


def test_radar_counts_while_speed_is_recorded_too():
    script = Script(SpeedProfile(10.0))
    script.drop_outs += [DropOut("/radar/tracks", 1.0, 1.5), DropOut("/vehicle/speed", 3.0, 3.1)]
    plan = finish(script, Road.draw(np.random.default_rng(1)), 5.0)
    assert np.flatnonzero(~grid.radar_with_speed(plan)).tolist() == [*range(100, 150), *range(300, 310)]
