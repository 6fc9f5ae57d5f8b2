"""Handing over: the software does, or the driver only overrides."""

from __future__ import annotations

from tests.simulation.planning.grid import STEP_US, Found, Parameters
from tests.simulation.planning.kind import Episode, Kind
from tests.simulation.planning.manoeuvres import Random, cruise
from tests.simulation.planning.plan import Event, Plan, Script


def disengagement(script: Script, random: Random) -> None:
    """The software hands over and takes over again."""
    cruise(script, random)
    reason = random.choice(["brakePressed", "steerOverride", "pedalPressed"])
    script.events.append(Event(script.now_s, "disengagement", str(reason)))
    script.speed.hold(random.uniform(2.5, 4.0))
    script.events.append(Event(script.now_s, "engagement", "resumed"))
    script.speed.hold(0.5)


def override(script: Script, random: Random) -> None:
    """The driver accelerates, the software stays engaged; a warning."""
    cruise(script, random)
    script.events.append(Event(script.now_s, "driver_override", "gasPressed"))
    script.speed.hold(1.5)
    script.events.append(Event(script.now_s, "warning", "laneDeparture"))
    script.speed.hold(0.5)


def in_plan(plan: Plan, parameters: Parameters) -> Found:
    """The events that say so."""
    moments = [round(event.time_s * 1e6 / STEP_US) for event in plan.events if event.kind == "disengagement"]
    return [(moment, moment, None) for moment in moments]


KIND = Kind(
    episodes=(
        Episode(disengagement, holds=("disengagement",), places=(6, 12)),
        Episode(override, places=(12,)),
    ),
    in_plan=in_plan,
)
