"""Changing lanes: changes one by one and in a row, and moving aside within the lane."""

from __future__ import annotations

import numpy as np

from tests.simulation.planning import recorded
from tests.simulation.planning.grid import Found, Parameters, runs, steps, unbroken
from tests.simulation.planning.kind import Episode, Kind
from tests.simulation.planning.manoeuvres import SIDE_TOPICS, Random, cruise, drop_out, towards_free_lane
from tests.simulation.planning.motion import STEP_S
from tests.simulation.planning.plan import LANE_M, Plan, Script


def lane_change(script: Script, random: Random) -> None:
    """To the next lane, with a topic gone meanwhile at times."""
    cruise(script, random)
    script.speed.hold(3.0)
    drop_out(script, random, (*SIDE_TOPICS, "/radar/tracks", "/vehicle/speed"))
    script.shift(towards_free_lane(script, random) * LANE_M, random.uniform(3.4, 4.4))
    script.speed.hold(4.0)


def nudge(script: Script, random: Random) -> None:
    """To the side within the lane and back."""
    cruise(script, random)
    direction = random.choice([-1, 1])
    script.shift(direction * 1.1, 3.0)
    script.speed.hold(4.5)
    script.shift(-direction * 1.1, 3.0)
    script.speed.hold(1.0)


def two_lane_changes_one_way(script: Script, random: Random) -> None:
    """The shadow after the first and that before the second fall on one another: together as large as a change."""
    script.speed.reach(20.0)
    script.speed.hold(3.0)
    for _ in range(2):
        script.shift(3.5, 4.0)
        script.speed.hold(4.0)


def weave_then_change(script: Script, random: Random) -> None:
    """Within the lane to the left and back, then a change to the right whose shadow falls on it."""
    script.speed.reach(18.0)
    script.speed.hold(3.0)
    for metres in (1.1, -1.1, -3.5):
        script.shift(metres, 3.5)
        script.speed.hold(4.0)


def in_plan(plan: Plan, parameters: Parameters) -> Found:
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


def in_recording(drive: recorded.Recorded, given: Parameters) -> recorded.Found:
    """Complex numbers as vectors: east is real, north imaginary."""
    time, poses = drive.time["ego_pose"], drive.columns["ego_pose"]
    latitude, longitude = poses["latitude_deg"], poses["longitude_deg"]
    hole = np.concatenate([[0], np.cumsum(np.diff(time) > given["max_gap_us"] / 1e6)])
    velocity, stride = np.full(len(time), np.nan + 0j), np.zeros(len(time))
    place = np.radians(longitude) + 1j * np.radians(latitude)
    near, half = given["lane_change_course_half_window_us"] / 1e6, given["lane_change_half_window_us"] / 1e6
    for index in range(len(time)):
        first, last = recorded.ends(time, hole, index, near)
        stride[index] = time[last] - time[first]
        if stride[index] >= given["lane_change_course_min_span_s"]:
            moved = (place[last] - place[first]) * 6_371_009.0
            velocity[index] = complex(moved.real * np.cos(np.radians(latitude[index])), moved.imag) / stride[index]
    fast = np.abs(velocity) >= given["lane_change_min_speed_mps"]
    course = np.where(fast, velocity / np.where(fast, np.abs(velocity), 1.0), np.nan)
    sideways = np.full(len(time), np.nan)
    for index in range(len(time)):
        first, last = recorded.ends(time, hole, index, half)
        slack = half - given["max_gap_us"] / 1e6
        if time[index] - time[first] < slack or time[last] - time[index] < slack or not fast[index]:
            continue
        turn = np.conj(course[first]) * course[last]
        if turn.real > 0 and abs(turn.imag) <= given["lane_change_max_turn_sine"]:
            road = course[first] + course[last]
            sideways[index] = (np.conj(road / abs(road)) * velocity[index]).imag
    moving = np.flatnonzero(np.abs(sideways) >= given["lane_change_min_sideways_mps"])
    found: recorded.Found = []
    for piece in recorded.split(moving, time, given["max_gap_us"] / 1e6):
        signs = np.sign(sideways[piece])
        for run in np.split(piece, np.flatnonzero(np.diff(signs)) + 1):
            first, last = run[0], run[-1]
            moved = (place[last] - place[first]) * 6_371_009.0
            way = complex(moved.real * np.cos(np.radians(latitude[first])), moved.imag)
            direction = course[first] + course[last]
            swing = float((np.conj(direction / abs(direction)) * way).imag)
            displacement = float(np.sum(sideways[run][1:] * np.diff(time[run])))
            if abs(displacement) < given["lane_change_displacement_m"]:
                continue
            if swing / displacement >= given["lane_change_min_swing"]:
                found.append((float(time[first]), float(time[last]), displacement))
    return found


KIND = Kind(
    episodes=(
        Episode(lane_change, holds=("lane_change",), places=(4,)),
        Episode(two_lane_changes_one_way, holds=("lane_change", "lane_change"), places=()),
        Episode(weave_then_change, holds=("lane_change",), places=()),
        Episode(nudge, places=(5,)),
    ),
    in_plan=in_plan,
    in_recording=in_recording,
    peak_tolerance=0.3,
    slack={"lane_change_displacement_m": 0.15, "lane_change_min_swing": 0.4},
)
