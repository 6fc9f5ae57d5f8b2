"""Hard braking: bursts of it, braking that is only firm, and what a hole hides."""

from __future__ import annotations

import numpy as np

from tests.simulation.planning import recorded
from tests.simulation.planning.grid import Found, Parameters, runs, steps, unbroken
from tests.simulation.planning.kind import Episode, Kind
from tests.simulation.planning.manoeuvres import SIDE_TOPICS, Random, drop_out
from tests.simulation.planning.motion import STEP_S
from tests.simulation.planning.plan import DropOut, Plan, Script


def hard_brake(script: Script, random: Random) -> None:
    """One strong braking, with the radar or a side topic gone meanwhile at times."""
    script.speed.reach(random.uniform(17, 24))
    script.speed.hold(1.0)
    drop_out(script, random, (*SIDE_TOPICS, "/radar/tracks", "/localization/pose"))
    script.speed.reach(script.speed.speed_mps - random.uniform(7, 10), random.uniform(4.5, 6.5), 12.0)
    script.speed.hold(1.5)


def hard_brake_in_two_bursts(script: Script, random: Random) -> None:
    """Two strong brakings so close that they are one."""
    script.speed.reach(random.uniform(19, 24))
    script.speed.hold(1.0)
    for _ in range(2):
        script.speed.reach(script.speed.speed_mps - random.uniform(4.5, 5.5), 6.0, 24.0)
        script.speed.hold(0.1)
    script.speed.hold(1.5)


def hard_brake_twice(script: Script, random: Random) -> None:
    """Two strong brakings far enough apart to be two."""
    script.speed.reach(random.uniform(20, 24))
    script.speed.hold(1.0)
    for _ in range(2):
        script.speed.reach(script.speed.speed_mps - random.uniform(5, 6), random.uniform(5, 6), 15.0)
        script.speed.hold(2.5)


def firm_brake(script: Script, random: Random) -> None:
    """Braking at 2 m/s2 is not hard."""
    script.speed.reach(random.uniform(16, 22))
    script.speed.reach(script.speed.speed_mps - random.uniform(5, 7), 2.0, 6.0)
    script.speed.hold(1.5)


def hard_brake_in_gap(script: Script, random: Random) -> None:
    """A strong braking that the speed topic misses as a whole: a definition that bridges the hole would find it."""
    script.speed.reach(random.uniform(17, 22))
    script.speed.hold(1.5)
    begin = script.now_s - 0.2
    script.speed.reach(script.speed.speed_mps - random.uniform(5, 6), 6.0, 20.0)
    script.drop_outs.append(DropOut("/vehicle/speed", begin, script.now_s + 0.2))
    script.speed.hold(2.0)


def in_plan(plan: Plan, parameters: Parameters) -> Found:
    """Bursts of strong deceleration over a window; the burst begins with its first window."""
    window = steps(parameters["hard_brake_window_us"])
    seen = plan.observed("/vehicle/speed")
    whole = unbroken(seen, window, 0, parameters)
    acceleration = np.full(len(plan.time_s), np.inf)
    acceleration[window:] = (plan.speed_mps[window:] - plan.speed_mps[:-window]) / (window * STEP_S)
    braking = np.flatnonzero(whole & seen & (acceleration <= parameters["hard_brake_acceleration_mps2"]))
    return [
        (int(run[0]) - window, int(run[-1]), float(acceleration[run].min()))
        for run in runs(braking, parameters["hard_brake_merge_us"])
    ]


def in_recording(drive: recorded.Recorded, given: Parameters) -> recorded.Found:
    """One loop per sample: the window before it, cut at holes."""
    time, speed = drive.time["speed"], drive.columns["speed"]["speed_mps"]
    hole = np.concatenate([[False], np.diff(time) > given["max_gap_us"] / 1e6])
    segment = np.cumsum(hole)
    braking = []
    for index in range(len(time)):
        first = np.searchsorted(time, time[index] - given["hard_brake_window_us"] / 1e6 - 1e-9)
        while segment[first] != segment[index]:
            first += 1
        span = time[index] - time[first]
        if span >= given["hard_brake_min_span_us"] / 1e6:
            slope = (speed[index] - speed[first]) / span
            if slope <= given["hard_brake_acceleration_mps2"]:
                braking.append((index, float(time[first]), float(slope)))
    found: recorded.Found = []
    last = -1
    for index, begin, slope in braking:
        near = last >= 0 and time[index] - time[last] <= given["hard_brake_merge_us"] / 1e6
        if near and segment[index] == segment[last]:
            found[-1] = (found[-1][0], float(time[index]), min(found[-1][2], slope))
        else:
            found.append((begin, float(time[index]), slope))
        last = index
    return found


KIND = Kind(
    episodes=(
        Episode(hard_brake, holds=("hard_brake",), places=(1,)),
        Episode(hard_brake_in_two_bursts, holds=("hard_brake",), places=(7,)),
        Episode(hard_brake_twice, holds=("hard_brake", "hard_brake"), places=(9,)),
        Episode(firm_brake, places=(1,)),
        Episode(hard_brake_in_gap, places=(4,)),
    ),
    in_plan=in_plan,
    in_recording=in_recording,
    peak_tolerance=0.5,
    slack={"hard_brake_acceleration_mps2": 0.12, "hard_brake_merge_us": 0.1},
)
