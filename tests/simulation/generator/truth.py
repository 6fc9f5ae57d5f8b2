"""The scenarios of a plan: the definitions of pipelines/mining/scenarios applied to the noise-free plan on its grid.

Written apart from the SQL on purpose: here every window is a shift by a fixed number of steps. What a drop-out hides is
not there to be found, so windows and runs end at holes as in the definitions.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from pipelines.mining.parameters import PARAMETERS
from tests.simulation.generator.ground_truth import Scenario
from tests.simulation.generator.motion import STEP_S
from tests.simulation.generator.plan import Mask, Plan, Track

STEP_US = round(STEP_S * 1e6)

Indices = NDArray[np.intp]
Found = list[tuple[int, int, float | None]]
"""First and last index on the grid, and the peak."""


def scenarios_of(plan: Plan, start_ns: int, parameters: Mapping[str, float] = PARAMETERS) -> list[Scenario]:
    """All scenarios of a plan whose grid begins at `start_ns`, in order of their start."""
    changes = lane_changes(plan, parameters)
    found: dict[str, Found] = {
        "hard_brake": hard_brakes(plan, parameters),
        "stop": stops(plan, parameters),
        "following_too_close": too_close(plan, parameters),
        "lane_change": changes,
        "cut_in": cut_ins(plan, changes, parameters),
    }
    step_ns = STEP_US * 1000
    scenarios = [
        Scenario(kind, start_ns + first * step_ns, start_ns + last * step_ns, peak)
        for kind, entries in found.items()
        for first, last, peak in entries
    ]
    for event in plan.events:
        if event.kind == "disengagement":
            time_ns = start_ns + round(event.time_s * 1e9)
            scenarios.append(Scenario("disengagement", time_ns, time_ns, None))
    return sorted(scenarios, key=lambda scenario: (scenario.start_ns, scenario.kind))


def hard_brakes(plan: Plan, parameters: Mapping[str, float]) -> Found:
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


def stops(plan: Plan, parameters: Mapping[str, float]) -> Found:
    """Standstills that last."""
    seen = plan.observed("/vehicle/speed")
    slow = plan.speed_mps < parameters["stop_speed_mps"]
    runs_of_slow = runs(np.flatnonzero(seen & slow), parameters["max_gap_us"])
    return [
        (int(run[0]), int(run[-1]), float(plan.speed_mps[run].min()))
        for run in runs_of_slow
        if run[-1] - run[0] >= steps(parameters["stop_min_duration_us"])
    ]


def too_close(plan: Plan, parameters: Mapping[str, float]) -> Found:
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


def lane_changes(plan: Plan, parameters: Mapping[str, float]) -> Found:
    """Runs of motion across the road's direction, which is the mean course well before and after."""
    half = steps(parameters["lane_change_half_window_us"])
    near = steps(parameters["lane_change_course_half_window_us"])
    count = len(plan.time_s)
    if count <= 2 * (half + near):
        return []
    position = plan.east_m + 1j * plan.north_m
    velocity = np.full(count, np.nan + 0j)
    velocity[near:-near] = (position[2 * near :] - position[: -2 * near]) / (2 * near * STEP_S)
    speed = np.abs(velocity)
    fast = speed >= parameters["lane_change_min_speed_mps"]
    course = np.where(fast, velocity / np.where(fast, speed, 1.0), np.nan)
    before, after = course[: -2 * half], course[2 * half :]
    sideways, turn = np.zeros(count), np.full(count, np.inf)
    sideways[half:-half] = np.imag(np.conj(before + after) * velocity[half:-half]) / np.abs(before + after)
    turn[half:-half] = np.abs(np.imag(np.conj(before) * after))
    seen = plan.observed("/localization/pose")
    valid = fast & seen & unbroken(seen, half, half, parameters)
    valid &= turn <= parameters["lane_change_max_turn_sine"]
    found: Found = []
    for side in (1, -1):
        moving = np.flatnonzero(valid & (side * sideways >= parameters["lane_change_min_sideways_mps"]))
        for run in runs(moving, parameters["max_gap_us"]):
            direction = course[run[0]] + course[run[-1]]
            way = position[run[-1]] - position[run[0]]
            swing = float(np.imag(np.conj(direction) * way) / abs(direction))
            displacement = float(sideways[run].sum() * STEP_S)
            real = swing / displacement >= parameters["lane_change_min_swing"]
            if real and abs(displacement) >= parameters["lane_change_displacement_m"]:
                found.append((int(run[0]), int(run[-1]), displacement))
    return found


def cut_ins(plan: Plan, changes: Found, parameters: Mapping[str, float]) -> Found:
    """Tracks that come from the next lane into the own one while the own vehicle keeps its lane."""
    seen = radar_with_speed(plan)
    margin = steps(parameters["cut_in_lane_change_margin_us"])
    found: Found = []
    for track in plan.tracks:
        for first, last, headway in entries(track, plan, seen, parameters):
            if not any(begin - margin <= last and end + margin >= first for begin, end, _ in changes):
                found.append((first, last, headway))
    return found


def entries(track: Track, plan: Plan, seen: Mask, parameters: Mapping[str, float]) -> list[tuple[int, int, float]]:
    """Last index outside, first index inside and headway there, for each time the track comes in."""
    part = slice(track.first, track.last + 1)
    side = np.abs(track.left_m)
    outside = (side >= parameters["cut_in_outside_m"]) & (side <= parameters["cut_in_outside_max_m"]) & seen[part]
    inside = (side <= parameters["in_lane_half_width_m"]) & seen[part]
    settle = steps(parameters["cut_in_settle_us"])
    found = []
    last_outside = -1
    for index in np.flatnonzero(outside | inside):
        if outside[index]:
            last_outside = int(index)
            continue
        crossing, entered_from = index - last_outside, last_outside
        last_outside = -1
        if entered_from < 0 or crossing > steps(parameters["cut_in_max_crossing_us"]):
            continue
        speed = plan.speed_mps[track.first + index]
        ahead = parameters["radar_min_distance_m"] <= track.forward_m[index] <= parameters["cut_in_max_distance_m"]
        stays = side[index : index + settle].max() <= parameters["cut_in_settle_half_width_m"]
        lasts = len(side) - 1 - index >= steps(parameters["cut_in_settle_min_us"])
        own = speed > parameters["cut_in_min_speed_mps"]
        along = speed + track.relative_speed_mps[index] >= parameters["cut_in_min_track_speed_mps"]
        if ahead and stays and lasts and own and along:
            found.append((track.first + entered_from, track.first + int(index), float(track.forward_m[index] / speed)))
    return found


def radar_with_speed(plan: Plan) -> Mask:
    """Whether radar is recorded and a fresh enough speed too. Plans never let speed drop out near a vehicle."""
    return plan.observed("/radar/tracks") & plan.observed("/vehicle/speed")


def unbroken(seen: Mask, before: int, after: int, parameters: Mapping[str, float]) -> Mask:
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
