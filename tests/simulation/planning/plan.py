"""A drive as planned, free of noise: what the vehicle does, what is around it, what is reported, what drops out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from tests.simulation.planning.motion import STEP_S, Array, SpeedProfile, smooth
from tests.simulation.planning.road import Road

LANE_M = 3.5
RADAR_SLOTS = 15
SHARED_SLOT = 15
"""A slot that is not handed out in turn."""
RADAR_RANGE_M = 180.0

Knots = list[tuple[float, float]]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Actor:
    """Another vehicle. Its distance ahead is `headway_s` x own speed, or `distance_m`.

    `lateral_m` is left of the road's line. `slot` is its radar slot if that matters; else it gets one in turn.
    """

    start_s: float
    end_s: float
    lateral_m: Knots
    headway_s: Knots | None = None
    distance_m: Knots | None = None
    slot: int | None = None


@dataclass(frozen=True)
class Event:
    """One message on /vehicle/events."""

    time_s: float
    kind: str
    detail: str


@dataclass(frozen=True)
class DropOut:
    """No message on `topic` from start to end."""

    topic: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Track:
    """One life of a radar slot on the plan's grid: arrays of `last - first + 1` values."""

    track_id: int
    first: int
    last: int
    forward_m: Array
    left_m: Array
    relative_speed_mps: Array


@dataclass
class Script:
    """A drive being written, episode by episode."""

    speed: SpeedProfile
    lane_m: float = 0.0
    shifts: Knots = field(default_factory=lambda: [(0.0, 0.0)])
    actors: list[Actor] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    drop_outs: list[DropOut] = field(default_factory=list)

    @property
    def now_s(self) -> float:
        """The time up to which the drive is written."""
        return self.speed.now_s

    def shift(self, metres: float, seconds: float) -> None:
        """Move sideways (left is positive) at steady speed."""
        self.shifts.append((self.now_s, self.lane_m))
        self.speed.hold(seconds)
        self.lane_m += metres
        self.shifts.append((self.now_s, self.lane_m))


@dataclass(frozen=True)
class Plan:
    """A finished plan on its grid of STEP_S: SI units, `offset_m` and `left_m` positive to the left."""

    road: Road
    time_s: Array
    speed_mps: Array
    acceleration_mps2: Array
    distance_m: Array
    offset_m: Array
    yaw_rad: Array
    east_m: Array
    north_m: Array
    tracks: tuple[Track, ...]
    events: tuple[Event, ...]
    drop_outs: tuple[DropOut, ...]

    def observed(self, topic: str) -> Mask:
        """Whether the topic is recorded at each moment of the grid."""
        return self.observed_at(topic, self.time_s)

    def observed_at(self, topic: str, time_s: Array) -> Mask:
        """Whether the topic is recorded at each of the times, i.e. outside of its drop-outs."""
        mask = np.ones(len(time_s), dtype=bool)
        for gap in self.drop_outs:
            if gap.topic == topic:
                mask &= (time_s < gap.start_s) | (time_s >= gap.end_s)
        return mask


def finish(script: Script, road: Road, duration_s: float) -> Plan:
    """Sample the script on its grid and place it on the road."""
    script.speed.hold(max(duration_s - script.now_s, 0.0))
    time_s = np.arange(round(duration_s / STEP_S) + 1, dtype=np.float64) * STEP_S
    speed, acceleration = script.speed.sample(time_s)
    distance = np.concatenate([[0.0], np.cumsum((speed[1:] + speed[:-1]) / 2 * STEP_S)])
    offset = smooth([*script.shifts, (duration_s + 1.0, script.lane_m)], time_s)
    offset_rate = np.gradient(offset, STEP_S)
    angle = np.where(speed > 1.0, np.arctan2(offset_rate, np.maximum(speed, 1.0)), 0.0)
    east, north = road.positions(speed, distance, offset)
    plan = Plan(
        road=road,
        time_s=time_s,
        speed_mps=speed,
        acceleration_mps2=acceleration,
        distance_m=distance,
        offset_m=offset,
        yaw_rad=road.heading(distance) + angle,
        east_m=east,
        north_m=north,
        tracks=(),
        events=tuple(sorted(script.events, key=lambda event: event.time_s)),
        drop_outs=tuple(script.drop_outs),
    )
    actors = sorted(script.actors, key=lambda actor: actor.start_s)
    tracks = [track_of(actor, turn % RADAR_SLOTS, plan, angle) for turn, actor in enumerate(actors)]
    return replace(plan, tracks=tuple(track for track in tracks if track is not None))


def track_of(actor: Actor, turn: int, plan: Plan, angle: Array) -> Track | None:
    """What the radar would measure of an actor; None if it is never in range."""
    forward = (
        smooth(actor.headway_s, plan.time_s) * plan.speed_mps
        if actor.headway_s is not None
        else smooth(actor.distance_m or [], plan.time_s)
    )
    seen = (plan.time_s >= actor.start_s) & (plan.time_s <= actor.end_s) & (forward > 1.0) & (forward < RADAR_RANGE_M)
    indices = np.flatnonzero(seen)
    if len(indices) < 2:
        return None
    part = slice(indices[0], indices[-1] + 1)
    ahead = forward[part]
    aside = smooth(actor.lateral_m, plan.time_s[part]) - plan.offset_m[part]
    bend = plan.road.curvature(plan.distance_m[part]) * ahead**2 / 2
    return Track(
        track_id=turn if actor.slot is None else actor.slot,
        first=int(indices[0]),
        last=int(indices[-1]),
        forward_m=ahead,
        left_m=aside * np.cos(angle[part]) + bend - ahead * np.sin(angle[part]),
        relative_speed_mps=np.gradient(ahead, STEP_S),
    )
