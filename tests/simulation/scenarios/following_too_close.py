"""Following: too close, at a distance, too close for a moment, and with a radar that looks away."""

from __future__ import annotations

import numpy as np

from tests.simulation.planning import recorded
from tests.simulation.planning.grid import Found, Parameters, radar_with_speed, runs, steps
from tests.simulation.planning.kind import Episode, Kind
from tests.simulation.planning.manoeuvres import APPROACH_S, SIDE_TOPICS, Random, cruise, drop_out, follow
from tests.simulation.planning.plan import DropOut, Plan, Script


def following_too_close(script: Script, random: Random) -> None:
    """A leader at half the time headway that is safe, with a side topic gone meanwhile at times."""
    cruise(script, random)
    drop_out(script, random, (*SIDE_TOPICS, "/localization/pose"))
    follow(script, random.uniform(0.5, 0.6), random.uniform(1.5, 3.0))


def following_with_radar_gap(script: Script, random: Random) -> None:
    """Close following that the radar loses for a while: two scenarios, not one."""
    cruise(script, random)
    begin = script.now_s + APPROACH_S + 1.75
    script.drop_outs.append(DropOut("/radar/tracks", begin, begin + random.uniform(0.8, 1.2)))
    follow(script, random.uniform(0.5, 0.55), 4.5)


def following_at_distance(script: Script, random: Random) -> None:
    """A leader at 1.5 s."""
    cruise(script, random)
    follow(script, random.uniform(1.4, 1.5), 1.0)


def following_too_close_briefly(script: Script, random: Random) -> None:
    """Close, but for hardly more than a second."""
    cruise(script, random)
    follow(script, 0.68, 0.2, far_s=1.3, approach_s=1.6)


def in_plan(plan: Plan, parameters: Parameters) -> Found:
    """Runs of too small a headway to whatever is in lane."""
    headway = np.full(len(plan.time_s), np.inf)
    for track in plan.tracks:
        part = slice(track.first, track.last + 1)
        speed = np.maximum(plan.speed_mps[part], 1e-6)
        in_lane = np.abs(track.left_m) <= parameters["in_lane_half_width_m"]
        headway[part] = np.minimum(headway[part], np.where(in_lane, track.forward_m / speed, np.inf))
    close = radar_with_speed(plan) & (headway < parameters["following_headway_s"])
    close &= plan.speed_mps > parameters["following_min_speed_mps"]
    return [
        (int(run[0]), int(run[-1]), float(headway[run].min()))
        for run in runs(np.flatnonzero(close), parameters["max_gap_us"])
        if run[-1] - run[0] >= steps(parameters["following_min_duration_us"])
    ]


def in_recording(drive: recorded.Recorded, given: Parameters) -> recorded.Found:
    """Rows that are too close, in runs."""
    time, radar, speed = drive.time["radar_tracks"], drive.columns["radar_tracks"], recorded.own_speed(drive, given)
    forward, left = radar["forward_distance_m"], radar["left_distance_m"]
    headway = forward / speed
    close = (np.abs(left) <= given["in_lane_half_width_m"]) & (forward > given["radar_min_distance_m"])
    close &= (speed > given["following_min_speed_mps"]) & (headway < given["following_headway_s"])
    found: recorded.Found = []
    for run in recorded.split(np.flatnonzero(close), time, given["max_gap_us"] / 1e6):
        if time[run[-1]] - time[run[0]] >= given["following_min_duration_us"] / 1e6:
            found.append((float(time[run[0]]), float(time[run[-1]]), float(headway[run].min())))
    return found


KIND = Kind(
    episodes=(
        Episode(following_too_close, holds=("following_too_close",), places=(3,)),
        Episode(following_with_radar_gap, holds=("following_too_close", "following_too_close"), places=(8,)),
        Episode(following_at_distance, places=(3,)),
        Episode(following_too_close_briefly, places=(9,)),
    ),
    in_plan=in_plan,
    in_recording=in_recording,
    peak_tolerance=0.05,
    slack={"following_headway_s": 0.06, "following_min_duration_us": 0.15},
)
