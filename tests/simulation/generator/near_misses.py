"""What mining must not find, each clearly outside of one definition (it may hold a scenario of another kind)."""

from __future__ import annotations

from tests.simulation.generator.manoeuvres import Episode, Random, cruise, follow, towards_free_lane
from tests.simulation.generator.plan import LANE_M, SHARED_SLOT, Actor, DropOut, Event, Script


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


def override(script: Script, random: Random) -> None:
    """The driver accelerates, the software stays engaged; a warning."""
    cruise(script, random)
    script.events.append(Event(script.now_s, "driver_override", "gasPressed"))
    script.speed.hold(1.5)
    script.events.append(Event(script.now_s, "warning", "laneDeparture"))
    script.speed.hold(0.5)


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


def add_neighbour(script: Script, begin: float, side_m: float, first_m: float, last_m: float) -> None:
    """A vehicle since `begin` that keeps its lane, while its distance goes from `first_m` to `last_m`."""
    lateral = [(begin, side_m), (script.now_s, side_m)]
    distance = [(begin, first_m), (script.now_s, last_m)]
    script.actors.append(Actor(begin, script.now_s, lateral_m=lateral, distance_m=distance))
