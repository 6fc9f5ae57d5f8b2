"""What mining must find: episodes that are clearly inside of one definition each."""

from __future__ import annotations

from tests.simulation.generator.manoeuvres import (
    APPROACH_S,
    SIDE_TOPICS,
    Episode,
    Random,
    cruise,
    drop_out,
    follow,
    towards_free_lane,
)
from tests.simulation.generator.plan import LANE_M, Actor, DropOut, Event, Script


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
