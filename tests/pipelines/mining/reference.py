"""The scenario definitions once more, in NumPy over raw arrays with irregular clocks: what the SQL must equal.

Times are in seconds. Every function returns [(start, end, peak)], in order of start.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Found = list[tuple[float, float, float]]
Parameters = Mapping[str, float]


def hard_brakes(time: Array, speed: Array, given: Parameters) -> Found:
    """One loop per sample: the window before it, cut at holes."""
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
                braking.append((index, time[first], slope))
    found: Found = []
    last = -1
    for index, begin, slope in braking:
        near = last >= 0 and time[index] - time[last] <= given["hard_brake_merge_us"] / 1e6
        if near and segment[index] == segment[last]:
            found[-1] = (found[-1][0], time[index], min(found[-1][2], slope))
        else:
            found.append((begin, time[index], slope))
        last = index
    return found


def stops(time: Array, speed: Array, given: Parameters) -> Found:
    found: Found = []
    run: list[int] = []
    for index in range(len(time) + 1):
        ends = index == len(time) or speed[index] >= given["stop_speed_mps"]
        if run and (ends or time[index] - time[run[-1]] > given["max_gap_us"] / 1e6):
            if time[run[-1]] - time[run[0]] >= given["stop_min_duration_us"] / 1e6:
                found.append((time[run[0]], time[run[-1]], float(speed[run].min())))
            run = []
        if not ends:
            run.append(index)
    return found


def own_speed(radar_time: Array, time: Array, speed: Array, given: Parameters) -> Array:
    """The last speed at or before each radar row; NaN if there is none fresh enough."""
    place = np.searchsorted(time, radar_time, side="right") - 1
    age = radar_time - time[np.maximum(place, 0)]
    fresh = (place >= 0) & (age <= given["max_gap_us"] / 1e6)
    return np.where(fresh, speed[np.maximum(place, 0)], np.nan)


def too_close(time: Array, forward: Array, left: Array, speed: Array, given: Parameters) -> Found:
    headway = forward / speed
    close = (np.abs(left) <= given["in_lane_half_width_m"]) & (forward > given["radar_min_distance_m"])
    close &= (speed > given["following_min_speed_mps"]) & (headway < given["following_headway_s"])
    found: Found = []
    for run in split(np.flatnonzero(close), time, given["max_gap_us"] / 1e6):
        if time[run[-1]] - time[run[0]] >= given["following_min_duration_us"] / 1e6:
            found.append((time[run[0]], time[run[-1]], float(headway[run].min())))
    return found


def cut_ins(
    time: Array,
    track: Array,
    forward: Array,
    left: Array,
    relative: Array,
    new: NDArray[np.bool_],
    speed: Array,
    changes: Found,
    given: Parameters,
) -> Found:
    """A small state machine per track: outside, then inside for long enough."""
    found: dict[float, tuple[float, float, float]] = {}
    known = np.flatnonzero(~np.isnan(speed))
    for identity in np.unique(track):
        rows = known[track[known] == identity]
        births = new[rows] | (np.diff(time[rows], prepend=time[rows[0]]) > given["max_gap_us"] / 1e6)
        for life in np.split(rows, np.flatnonzero(births)):
            outside = None
            for index in life:
                side = abs(left[index])
                if given["cut_in_outside_m"] <= side <= given["cut_in_outside_max_m"]:
                    outside = time[index]
                elif side <= given["in_lane_half_width_m"] and outside is not None:
                    begin, outside = outside, None
                    if enters(index, begin, life, time, forward, left, relative, speed, changes, given):
                        headway = float(forward[index] / speed[index])
                        _, end, least = found.get(begin, (begin, time[index], headway))
                        found[begin] = (begin, max(end, time[index]), min(least, headway))
    return sorted(found.values())


def enters(index, begin, life, time, forward, left, relative, speed, changes: Found, given: Parameters) -> bool:
    """Whether a track that came inside at a row counts as a cut-in."""
    ahead = life[(time[life] >= time[index]) & (time[life] <= time[index] + given["cut_in_settle_us"] / 1e6 + 1e-9)]
    margin = given["cut_in_lane_change_margin_us"] / 1e6
    return bool(
        time[index] - begin <= given["cut_in_max_crossing_us"] / 1e6
        and given["radar_min_distance_m"] <= forward[index] <= given["cut_in_max_distance_m"]
        and np.abs(left[ahead]).max() <= given["cut_in_settle_half_width_m"]
        and time[ahead[-1]] - time[index] >= given["cut_in_settle_min_us"] / 1e6
        and speed[index] > given["cut_in_min_speed_mps"]
        and speed[index] + relative[index] >= given["cut_in_min_track_speed_mps"]
        and not any(start - margin <= time[index] and end + margin >= begin for start, end, _ in changes)
    )


def lane_changes(time: Array, latitude: Array, longitude: Array, given: Parameters) -> Found:
    """Complex numbers as vectors: east is real, north imaginary."""
    hole = np.concatenate([[0], np.cumsum(np.diff(time) > given["max_gap_us"] / 1e6)])
    velocity, stride = np.full(len(time), np.nan + 0j), np.zeros(len(time))
    place = np.radians(longitude) + 1j * np.radians(latitude)
    near, half = given["lane_change_course_half_window_us"] / 1e6, given["lane_change_half_window_us"] / 1e6
    for index in range(len(time)):
        first, last = ends(time, hole, index, near)
        stride[index] = time[last] - time[first]
        if stride[index] >= given["lane_change_course_min_span_s"]:
            moved = (place[last] - place[first]) * 6_371_009.0
            velocity[index] = complex(moved.real * np.cos(np.radians(latitude[index])), moved.imag) / stride[index]
    fast = np.abs(velocity) >= given["lane_change_min_speed_mps"]
    course = np.where(fast, velocity / np.where(fast, np.abs(velocity), 1.0), np.nan)
    sideways = np.full(len(time), np.nan)
    for index in range(len(time)):
        first, last = ends(time, hole, index, half)
        slack = half - given["max_gap_us"] / 1e6
        if time[index] - time[first] < slack or time[last] - time[index] < slack or not fast[index]:
            continue
        turn = np.conj(course[first]) * course[last]
        if turn.real > 0 and abs(turn.imag) <= given["lane_change_max_turn_sine"]:
            road = course[first] + course[last]
            sideways[index] = (np.conj(road / abs(road)) * velocity[index]).imag
    moving = np.flatnonzero(np.abs(sideways) >= given["lane_change_min_sideways_mps"])
    found: Found = []
    for piece in split(moving, time, given["max_gap_us"] / 1e6):
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
                found.append((time[run[0]], time[run[-1]], displacement))
    return found


def ends(time: Array, hole: NDArray[np.int64], index: int, reach: float) -> tuple[int, int]:
    """First and last sample within reach of one, on its side of every hole."""
    first = int(np.searchsorted(time, time[index] - reach - 1e-9))
    last = int(np.searchsorted(time, time[index] + reach + 1e-9, side="right")) - 1
    same = np.flatnonzero(hole[first : last + 1] == hole[index]) + first
    return int(same[0]), int(same[-1])


def split(indices: NDArray[np.intp], time: Array, gap: float) -> list[NDArray[np.intp]]:
    """Runs of indices whose times are not more than the gap apart."""
    if len(indices) == 0:
        return []
    return np.split(indices, np.flatnonzero(np.diff(time[indices]) > gap) + 1)
