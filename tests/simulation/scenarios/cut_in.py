"""Cutting in: vehicles that do, that pass or drift, and tracks that only seem to."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tests.simulation.planning import recorded
from tests.simulation.planning.grid import Found, Indices, Parameters, radar_with_speed, steps
from tests.simulation.planning.kind import Episode, Kind
from tests.simulation.planning.manoeuvres import Random, cruise, towards_free_lane
from tests.simulation.planning.motion import Array
from tests.simulation.planning.plan import LANE_M, SHARED_SLOT, Actor, Mask, Plan, Script, Track
from tests.simulation.scenarios import lane_change


def cut_in(script: Script, random: Random) -> None:
    """A vehicle of the next lane moves in ahead, not too close."""
    cruise(script, random)
    begin, side = script.now_s, script.lane_m + random.choice([-1, 1]) * LANE_M
    ahead = script.speed.speed_mps * random.uniform(1.15, 1.35)
    moving = begin + 1.5
    moved = moving + random.uniform(2.5, 3.5)
    script.speed.hold(moved - begin + 3.0)
    script.actors.append(
        Actor(
            begin,
            script.now_s,
            lateral_m=[(begin, side), (moving, side), (moved, script.lane_m), (script.now_s, script.lane_m)],
            distance_m=[(begin, ahead - 3), (moving, ahead), (moved, ahead), (script.now_s, ahead + 4)],
        )
    )


def passing(script: Script, random: Random) -> None:
    """A vehicle passes in the next lane and stays there."""
    cruise(script, random)
    begin, side = script.now_s, script.lane_m + random.choice([-1, 1]) * LANE_M
    script.speed.hold(6.0)
    add_neighbour(script, begin, side, 3, 60)


def drifting_neighbour(script: Script, random: Random) -> None:
    """A vehicle of the next lane comes near the line and goes back."""
    cruise(script, random)
    begin, direction = script.now_s, random.choice([-1, 1])
    side, near = script.lane_m + direction * LANE_M, script.lane_m + direction * 2.5
    script.speed.hold(6.0)
    script.actors.append(
        Actor(
            begin,
            script.now_s,
            lateral_m=[(begin, side), (begin + 1, side), (begin + 3, near), (begin + 5, side), (script.now_s, side)],
            distance_m=[(begin, 22), (script.now_s, 26)],
        )
    )


def lane_change_behind_neighbour(script: Script, random: Random) -> None:
    """The own vehicle moves behind one of the next lane: its track comes into lane, but it doesn't cut in."""
    cruise(script, random)
    begin, direction = script.now_s, towards_free_lane(script, random)
    side, ahead = script.lane_m + direction * LANE_M, script.speed.speed_mps * 1.25
    script.speed.hold(3.0)
    script.shift(direction * LANE_M, random.uniform(3.4, 4.4))
    script.speed.hold(4.0)
    add_neighbour(script, begin, side, ahead, ahead + 4)


def reused_slot(script: Script, random: Random) -> None:
    """A neighbour leaves the radar and its slot goes to a leader: only new_track tells that nothing moved over."""
    cruise(script, random)
    begin, side = script.now_s, script.lane_m + random.choice([-1, 1]) * LANE_M
    ahead = script.speed.speed_mps * 1.3
    script.speed.hold(3.0)
    middle = script.now_s
    script.speed.hold(3.0)
    end = script.now_s
    neighbour = Actor(
        begin,
        middle - 0.1,
        lateral_m=[(begin, side), (end, side)],
        distance_m=[(begin, ahead - 2), (end, ahead)],
        slot=SHARED_SLOT,
    )
    leader = Actor(
        middle,
        end,
        lateral_m=[(begin, script.lane_m), (end, script.lane_m)],
        distance_m=[(begin, ahead), (end, ahead)],
        slot=SHARED_SLOT,
    )
    script.actors += [neighbour, leader]


def add_neighbour(script: Script, begin: float, side_m: float, first_m: float, last_m: float) -> None:
    """A vehicle since `begin` that keeps its lane, while its distance goes from `first_m` to `last_m`."""
    lateral = [(begin, side_m), (script.now_s, side_m)]
    distance = [(begin, first_m), (script.now_s, last_m)]
    script.actors.append(Actor(begin, script.now_s, lateral_m=lateral, distance_m=distance))


def in_plan(plan: Plan, parameters: Parameters) -> Found:
    """Tracks that come from the next lane into the own one while the own vehicle keeps its lane."""
    seen, changes = radar_with_speed(plan), lane_change.in_plan(plan, parameters)
    margin = steps(parameters["cut_in_lane_change_margin_us"])
    found: Found = []
    for track in plan.tracks:
        for first, last, headway in entries(track, plan, seen, parameters):
            if not any(begin - margin <= last and end + margin >= first for begin, end, _ in changes):
                found.append((first, last, headway))
    return found


def entries(track: Track, plan: Plan, seen: Mask, parameters: Parameters) -> list[tuple[int, int, float]]:
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


def in_recording(drive: recorded.Recorded, given: Parameters) -> recorded.Found:
    """A small state machine per life of a track: outside, then inside for long enough."""
    time, radar, speed = drive.time["radar_tracks"], drive.columns["radar_tracks"], recorded.own_speed(drive, given)
    changes = lane_change.in_recording(drive, given)
    margin = given["cut_in_lane_change_margin_us"] / 1e6
    found: dict[float, tuple[float, float, float]] = {}
    for life in lives(drive, speed, given):
        outside = None
        for index in life:
            side, now = abs(radar["left_distance_m"][index]), float(time[index])
            if given["cut_in_outside_m"] <= side <= given["cut_in_outside_max_m"]:
                outside = now
            elif side <= given["in_lane_half_width_m"] and outside is not None:
                begin, outside = outside, None
                if now - begin > given["cut_in_max_crossing_us"] / 1e6 or not enters(int(index), life, drive, given):
                    continue
                if any(start - margin <= now and end + margin >= begin for start, end, _ in changes):
                    continue
                headway = float(radar["forward_distance_m"][index] / speed[index])
                _, end, least = found.get(begin, (begin, now, headway))
                found[begin] = (begin, max(end, now), min(least, headway))
    return sorted(found.values())


def lives(drive: recorded.Recorded, speed: Array, given: Parameters) -> Iterator[Indices]:
    """The rows of each life of each track, those without own speed left out."""
    time, radar = drive.time["radar_tracks"], drive.columns["radar_tracks"]
    known = np.flatnonzero(~np.isnan(speed))
    for identity in np.unique(radar["track_id"]):
        rows = known[radar["track_id"][known] == identity]
        gap = np.diff(time[rows], prepend=time[rows[0]]) > given["max_gap_us"] / 1e6
        yield from np.split(rows, np.flatnonzero(radar["new_track"][rows] | gap))


def enters(index: int, life: Indices, drive: recorded.Recorded, given: Parameters) -> bool:
    """Whether a track that came inside at a row is near enough, moves along and stays."""
    time, radar = drive.time["radar_tracks"], drive.columns["radar_tracks"]
    own = recorded.own_speed(drive, given)[index]
    ahead = life[(time[life] >= time[index]) & (time[life] <= time[index] + given["cut_in_settle_us"] / 1e6 + 1e-9)]
    return bool(
        given["radar_min_distance_m"] <= radar["forward_distance_m"][index] <= given["cut_in_max_distance_m"]
        and np.abs(radar["left_distance_m"][ahead]).max() <= given["cut_in_settle_half_width_m"]
        and time[ahead[-1]] - time[index] >= given["cut_in_settle_min_us"] / 1e6
        and own > given["cut_in_min_speed_mps"]
        and own + radar["relative_speed_mps"][index] >= given["cut_in_min_track_speed_mps"]
    )


KIND = Kind(
    episodes=(
        Episode(cut_in, holds=("cut_in",), places=(2, 10)),
        Episode(passing, places=(2,)),
        Episode(lane_change_behind_neighbour, holds=("lane_change",), places=(7,)),
        Episode(reused_slot, places=(8,)),
        Episode(drifting_neighbour, places=(11,)),
    ),
    in_plan=in_plan,
    in_recording=in_recording,
    peak_tolerance=0.1,
    slack={"cut_in_max_distance_m": 0.1},
)
