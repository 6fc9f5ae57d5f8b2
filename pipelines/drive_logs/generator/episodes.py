"""What can happen in a drive: episodes, each clearly inside or clearly outside of every scenario definition.

SCENARIOS are what mining must find. NEAR_MISSES are what it must not find (they may hold a scenario of another kind).
An episode writes itself at the end of a script and leaves the vehicle at a steady speed.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pipelines.drive_logs.generator.plan import LANE_M, SHARED_SLOT, Actor, DropOut, Event, Script

Random = np.random.Generator
Episode = Callable[[Script, Random], None]

SIDE_TOPICS = ("/vehicle/steering", "/vehicle/wheel_speed", "/imu/accelerometer", "/imu/gyroscope", "/gnss/fix")
"""No definition reads them, so they may drop out anywhere."""

APPROACH_S = 4.0
"""How long a leader takes to come near, and to leave."""


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


def stop(script: Script, random: Random) -> None:
    """To a standstill and on."""
    script.speed.reach(0.0, 2.0)
    script.speed.hold(random.uniform(3.0, 5.0))
    script.speed.reach(random.uniform(9, 13), 1.8)
    script.speed.hold(1.0)


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


def lane_change(script: Script, random: Random) -> None:
    """To the next lane, with a topic gone meanwhile at times."""
    cruise(script, random)
    script.speed.hold(3.0)
    drop_out(script, random, (*SIDE_TOPICS, "/radar/tracks", "/vehicle/speed"))
    script.shift(towards_free_lane(script, random) * LANE_M, random.uniform(3.4, 4.4))
    script.speed.hold(4.0)


def disengagement(script: Script, random: Random) -> None:
    """The software hands over and takes over again."""
    cruise(script, random)
    reason = random.choice(["brakePressed", "steerOverride", "pedalPressed"])
    script.events.append(Event(script.now_s, "disengagement", str(reason)))
    script.speed.hold(random.uniform(2.5, 4.0))
    script.events.append(Event(script.now_s, "engagement", "resumed"))
    script.speed.hold(0.5)


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


def following_at_distance(script: Script, random: Random) -> None:
    """A leader at 1.5 s."""
    cruise(script, random)
    follow(script, random.uniform(1.4, 1.5), 1.0)


def following_too_close_briefly(script: Script, random: Random) -> None:
    """Close, but for hardly more than a second."""
    cruise(script, random)
    follow(script, 0.68, 0.2, far_s=1.3, approach_s=1.6)


def passing(script: Script, random: Random) -> None:
    """A vehicle passes in the next lane and stays there."""
    cruise(script, random)
    begin, side = script.now_s, script.lane_m + random.choice([-1, 1]) * LANE_M
    script.speed.hold(6.0)
    script.actors.append(
        Actor(
            begin,
            script.now_s,
            lateral_m=[(begin, side), (script.now_s, side)],
            distance_m=[(begin, 3), (script.now_s, 60)],
        )
    )


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


def nudge(script: Script, random: Random) -> None:
    """To the side within the lane and back."""
    cruise(script, random)
    direction = random.choice([-1, 1])
    script.shift(direction * 1.1, 3.0)
    script.speed.hold(4.5)
    script.shift(-direction * 1.1, 3.0)
    script.speed.hold(1.0)


def lane_change_behind_neighbour(script: Script, random: Random) -> None:
    """The own vehicle moves behind one of the next lane: its track comes into lane, but it doesn't cut in."""
    cruise(script, random)
    begin, direction = script.now_s, towards_free_lane(script, random)
    side, ahead = script.lane_m + direction * LANE_M, script.speed.speed_mps * 1.25
    script.speed.hold(3.0)
    script.shift(direction * LANE_M, random.uniform(3.4, 4.4))
    script.speed.hold(4.0)
    script.actors.append(
        Actor(
            begin,
            script.now_s,
            lateral_m=[(begin, side), (script.now_s, side)],
            distance_m=[(begin, ahead), (script.now_s, ahead + 4)],
        )
    )


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


def override(script: Script, random: Random) -> None:
    """The driver accelerates, the software stays engaged; a warning."""
    cruise(script, random)
    script.events.append(Event(script.now_s, "driver_override", "gasPressed"))
    script.speed.hold(1.5)
    script.events.append(Event(script.now_s, "warning", "laneDeparture"))
    script.speed.hold(0.5)


SCENARIOS: tuple[Episode, ...] = (
    hard_brake,
    cut_in,
    following_too_close,
    lane_change,
    stop,
    disengagement,
    hard_brake_in_two_bursts,
    following_with_radar_gap,
    hard_brake_twice,
    cut_in,
    stop,
    disengagement,
)
"""The deck holds some twice, so that a small fleet has a few of every kind."""
NEAR_MISSES: tuple[Episode, ...] = (
    firm_brake,
    passing,
    following_at_distance,
    hard_brake_in_gap,
    nudge,
    short_stop,
    lane_change_behind_neighbour,
    reused_slot,
    following_too_close_briefly,
    creep,
    drifting_neighbour,
    override,
)


def cruise(script: Script, random: Random) -> None:
    """At a speed at which everything can happen."""
    script.speed.reach(random.uniform(14, 22))
    script.speed.hold(0.8)


def follow(
    script: Script, headway_s: float, seconds: float, far_s: float = 1.8, approach_s: float = APPROACH_S
) -> None:
    """A leader in lane comes from `far_s` of time headway to `headway_s`, stays for `seconds` and leaves again."""
    begin = script.now_s
    near, leaving = begin + approach_s, begin + approach_s + seconds
    script.speed.hold(2 * approach_s + seconds)
    script.actors.append(
        Actor(
            begin,
            script.now_s,
            lateral_m=[(begin, script.lane_m), (script.now_s, script.lane_m)],
            headway_s=[(begin, far_s), (near, headway_s), (leaving, headway_s), (script.now_s, far_s)],
        )
    )


def towards_free_lane(script: Script, random: Random) -> int:
    """1 (left) or -1 (right); the road has three lanes, the middle one is 0."""
    if abs(script.lane_m) > LANE_M / 2:
        return -int(np.sign(script.lane_m))
    return int(random.choice([-1, 1]))


def drop_out(script: Script, random: Random, topics: tuple[str, ...]) -> None:
    """In two of three cases one of the topics is gone from now, for 0.3 to 0.4 s (bridged) or 0.65 to 2 s (a hole)."""
    if random.random() < 1 / 3:
        return
    seconds = random.uniform(0.3, 0.4) if random.random() < 0.4 else random.uniform(0.65, 2.0)
    script.drop_outs.append(DropOut(str(random.choice(topics)), script.now_s, script.now_s + seconds))
