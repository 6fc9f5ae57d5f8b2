"""What manoeuvres are made of: cruising, following, a free lane, a topic that drops out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.simulation.planning.motion import SpeedProfile
from tests.simulation.planning.plan import LANE_M, Actor, DropOut, Event, Script

Random = np.random.Generator
Manoeuvre = Callable[[Script, Random], None]
"""Writes itself at the end of a script and leaves the vehicle at a steady speed."""

SIDE_TOPICS = ("/vehicle/steering", "/vehicle/wheel_speed", "/imu/accelerometer", "/imu/gyroscope", "/gnss/fix")
"""No definition reads them, so they may drop out anywhere."""

APPROACH_S = 4.0
"""How long a leader takes to come near, and to leave."""

LEAD_IN_S = 3.5
"""How long a drive goes straight on before anything happens."""


def new_script(random: Random) -> Script:
    """A drive that has just begun: engaged, at a steady speed."""
    script = Script(SpeedProfile(float(random.uniform(10, 16))))
    script.events.append(Event(0.2, "engagement", "engaged"))
    script.speed.hold(LEAD_IN_S)
    return script


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
