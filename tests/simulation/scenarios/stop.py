"""Standing still: stops, walking pace, and stops too short to be one."""

from __future__ import annotations

import numpy as np

from tests.simulation.planning import recorded
from tests.simulation.planning.grid import Found, Parameters, runs, steps
from tests.simulation.planning.kind import Episode, Kind
from tests.simulation.planning.manoeuvres import Random
from tests.simulation.planning.plan import Plan, Script


def stop(script: Script, random: Random) -> None:
    """To a standstill and on."""
    script.speed.reach(0.0, 2.0)
    script.speed.hold(random.uniform(3.0, 5.0))
    script.speed.reach(random.uniform(9, 13), 1.8)
    script.speed.hold(1.0)


def creep(script: Script, random: Random) -> None:
    """Walking pace is no stop."""
    script.speed.reach(1.2, 2.0)
    script.speed.hold(3.0)
    script.speed.reach(random.uniform(9, 13), 1.8)
    script.speed.hold(0.5)


def short_stop(script: Script, random: Random) -> None:
    """A standstill of half a second is no stop."""
    script.speed.reach(0.0, 2.0, 4.0)
    script.speed.hold(0.4)
    script.speed.reach(random.uniform(9, 13), 1.8, 4.0)
    script.speed.hold(0.5)


def in_plan(plan: Plan, parameters: Parameters) -> Found:
    """Standstills that last."""
    seen = plan.observed("/vehicle/speed")
    slow = plan.speed_mps < parameters["stop_speed_mps"]
    runs_of_slow = runs(np.flatnonzero(seen & slow), parameters["max_gap_us"])
    return [
        (int(run[0]), int(run[-1]), float(plan.speed_mps[run].min()))
        for run in runs_of_slow
        if run[-1] - run[0] >= steps(parameters["stop_min_duration_us"])
    ]


def in_recording(drive: recorded.Recorded, given: Parameters) -> recorded.Found:
    """One pass over the samples: slow ones are a run until a fast one or a hole."""
    time, speed = drive.time["speed"], drive.columns["speed"]["speed_mps"]
    found: recorded.Found = []
    run: list[int] = []
    for index in range(len(time) + 1):
        ends = index == len(time) or speed[index] >= given["stop_speed_mps"]
        if run and (ends or time[index] - time[run[-1]] > given["max_gap_us"] / 1e6):
            if time[run[-1]] - time[run[0]] >= given["stop_min_duration_us"] / 1e6:
                found.append((float(time[run[0]]), float(time[run[-1]]), float(speed[run].min())))
            run = []
        if not ends:
            run.append(index)
    return found


KIND = Kind(
    episodes=(
        Episode(stop, holds=("stop",), places=(5, 11)),
        Episode(creep, places=(10,)),
        Episode(short_stop, places=(6,)),
    ),
    in_plan=in_plan,
    in_recording=in_recording,
    peak_tolerance=0.05,
    slack={"stop_speed_mps": 0.5, "stop_min_duration_us": 0.2},
)
