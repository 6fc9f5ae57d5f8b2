"""A script becomes a plan: distance is the integral of speed, lanes and tracks are where they were written."""

from __future__ import annotations

import numpy as np
import pytest

from tests.simulation.planning.motion import STEP_S, SpeedProfile
from tests.simulation.planning.plan import LANE_M, SHARED_SLOT, Actor, DropOut, Event, Plan, Script, finish
from tests.simulation.planning.road import Road

STRAIGHT = Road(37.0, -122.0, 10.0, 0.0, curvature_per_m=0.0, wavelength_m=2000.0, phase_rad=0.0)


def planned(script: Script, duration_s: float = 10.0) -> Plan:
    return finish(script, STRAIGHT, duration_s)


def test_a_drive_at_steady_speed_goes_straight_on():
    plan = planned(Script(SpeedProfile(20.0)))
    assert len(plan.time_s) == 1001
    assert plan.distance_m[-1] == pytest.approx(200.0)
    assert plan.east_m[-1] == pytest.approx(200.0)
    assert np.abs(plan.north_m).max() == pytest.approx(0.0)


def test_a_shift_ends_a_lane_further_left():
    script = Script(SpeedProfile(20.0))
    script.speed.hold(2.0)
    script.shift(LANE_M, 4.0)
    assert (script.now_s, script.lane_m) == (6.0, LANE_M)
    plan = planned(script)
    assert plan.offset_m[[0, 200, 600, 1000]] == pytest.approx([0, 0, LANE_M, LANE_M])
    assert plan.north_m[-1] == pytest.approx(LANE_M)
    assert plan.yaw_rad[400] > 0


def test_the_radar_sees_actors_in_range_from_their_start_to_their_end():
    script = Script(SpeedProfile(20.0))
    leader = Actor(1.0, 4.0, lateral_m=[(1, 0.0), (4, 0.0)], headway_s=[(1, 1.5), (4, 1.5)])
    neighbour = Actor(5.0, 9.0, lateral_m=[(5, 3.5), (9, 3.5)], distance_m=[(5, 40.0), (9, 60.0)], slot=SHARED_SLOT)
    far = Actor(2.0, 3.0, lateral_m=[(2, 0.0), (3, 0.0)], distance_m=[(2, 400.0), (3, 400.0)])
    script.actors += [neighbour, far, leader]
    first, second = planned(script).tracks
    assert (first.track_id, first.first, first.last) == (0, 100, 400)
    assert first.forward_m == pytest.approx(30.0)
    assert first.relative_speed_mps == pytest.approx(0.0, abs=1e-9)
    assert (second.track_id, second.first, second.last) == (SHARED_SLOT, 500, 900)
    assert second.left_m == pytest.approx(3.5)
    assert np.sum(second.relative_speed_mps) * STEP_S == pytest.approx(20.0, abs=0.1)


def test_a_topic_is_not_observed_in_its_drop_outs():
    script = Script(SpeedProfile(20.0))
    script.drop_outs.append(DropOut("/imu/gyroscope", 2.0, 3.0))
    script.events += [Event(4.0, "warning", "b"), Event(1.0, "warning", "a")]
    plan = planned(script)
    assert np.flatnonzero(~plan.observed("/imu/gyroscope")).tolist() == list(range(200, 300))
    assert plan.observed("/vehicle/speed").all()
    assert [event.detail for event in plan.events] == ["a", "b"]
