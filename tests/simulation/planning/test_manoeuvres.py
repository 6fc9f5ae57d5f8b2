"""Building blocks of manoeuvres: they take the time they say, and leave the vehicle where it can go on."""

from __future__ import annotations

import numpy as np
import pytest

from tests.simulation.planning.manoeuvres import (
    LEAD_IN_S,
    SIDE_TOPICS,
    cruise,
    drop_out,
    follow,
    new_script,
    towards_free_lane,
)
from tests.simulation.planning.motion import SpeedProfile
from tests.simulation.planning.plan import LANE_M, Script


def test_a_drive_begins_engaged_at_a_steady_speed():
    script = new_script(np.random.default_rng(1))
    assert [(event.time_s, event.kind) for event in script.events] == [(0.2, "engagement")]
    assert script.now_s == LEAD_IN_S
    assert script.speed.start_speed_mps == script.speed.speed_mps


def test_cruising_is_at_a_speed_at_which_everything_can_happen():
    for seed in range(20):
        script = Script(SpeedProfile(12.0))
        cruise(script, np.random.default_rng(seed))
        assert 14 <= script.speed.speed_mps <= 22


def test_a_leader_comes_near_stays_and_leaves():
    script = Script(SpeedProfile(15.0), lane_m=LANE_M)
    follow(script, 0.6, 2.0)
    assert script.now_s == pytest.approx(10.0)
    (leader,) = script.actors
    assert leader.headway_s == [(0.0, 1.8), (4.0, 0.6), (6.0, 0.6), (10.0, 1.8)]
    assert {side for _, side in leader.lateral_m} == {LANE_M}


@pytest.mark.parametrize(("lane_m", "sides"), [(LANE_M, {-1}), (-LANE_M, {1}), (0.0, {-1, 1})])
def test_a_free_lane_is_one_of_three(lane_m: float, sides: set[int]):
    script = Script(SpeedProfile(15.0), lane_m=lane_m)
    assert {towards_free_lane(script, np.random.default_rng(seed)) for seed in range(20)} == sides


def test_drop_outs_are_short_enough_to_bridge_or_long_enough_to_be_a_hole():
    lengths = []
    for seed in range(200):
        script = Script(SpeedProfile(15.0))
        drop_out(script, np.random.default_rng(seed), SIDE_TOPICS)
        lengths += [gap.end_s - gap.start_s for gap in script.drop_outs]
        assert all(gap.topic in SIDE_TOPICS for gap in script.drop_outs)
    assert 100 < len(lengths) < 165
    assert all(0.3 <= length <= 0.4 or 0.65 <= length <= 2.0 for length in lengths)
