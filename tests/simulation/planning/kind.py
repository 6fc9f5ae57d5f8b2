"""What the simulation knows of a scenario kind: manoeuvres that hold it or nearly do, and rules that find it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.simulation.planning import grid, recorded
from tests.simulation.planning.grid import STEP_US
from tests.simulation.planning.manoeuvres import Manoeuvre
from tests.simulation.planning.plan import Plan

STEP_NS = STEP_US * 1000


@dataclass(frozen=True)
class Scenario:
    """One scenario of a drive; times in nanoseconds UTC, peak_value in the kind's unit (None if the kind has none)."""

    kind: str
    start_ns: int
    end_ns: int
    peak_value: float | None


@dataclass(frozen=True)
class Episode:
    """A manoeuvre, and the kinds of the scenarios that mining must find in it, written down by hand.

    places: where it lies in the deck that fleets are dealt from, once for each time; None: once, after all others.
    The bytes of a fleet depend on that order.
    """

    write: Manoeuvre
    holds: tuple[str, ...] = ()
    places: tuple[int, ...] | None = None

    @property
    def name(self) -> str:
        """The manoeuvre's."""
        return self.write.__name__


@dataclass(frozen=True)
class Kind:
    """One scenario kind.

    episodes: those that hold it, and near-misses: each clearly outside of its definition (it may hold another kind).
    in_plan: the definition applied to a noise-free plan on its grid.  in_recording: the same over recorded signals,
    for drives that nobody planned; None if no such drive is known to hold one.
    peak_tolerance: how far a mined peak_value may be off, in its unit (None: there is no peak_value).
    slack: by parameter, by how much of itself it can move without a scenario of a fleet coming or going.
    """

    episodes: tuple[Episode, ...]
    in_plan: Callable[[Plan, grid.Parameters], grid.Found]
    in_recording: Callable[[recorded.Recorded, recorded.Parameters], recorded.Found] | None = None
    peak_tolerance: float | None = None
    slack: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Kinds:
    """All kinds by name, and the numbers of their definitions."""

    by_name: Mapping[str, Kind]
    parameters: Mapping[str, float]

    def scenario_deck(self) -> list[Episode]:
        """What mining must find: the episodes that hold the kind they belong to. Some come twice."""
        return self._deck(own=True)

    def near_miss_deck(self) -> list[Episode]:
        """What mining must not find: all other episodes."""
        return self._deck(own=False)

    def _deck(self, own: bool) -> list[Episode]:
        placed = [
            (place, name, turn, episode)
            for name, kind in self.by_name.items()
            for turn, episode in enumerate(kind.episodes)
            if (name in episode.holds) is own
            for place in (episode.places if episode.places is not None else (math.inf,))
        ]
        return [episode for *_, episode in sorted(placed, key=lambda entry: entry[:3])]

    def scenarios_of(self, plan: Plan, start_ns: int) -> list[Scenario]:
        """All scenarios of a plan whose grid begins at `start_ns`, in order of their start.

        What a drop-out hides is not there to be found, so windows and runs end at holes as in the definitions.
        """
        scenarios = [
            Scenario(name, start_ns + first * STEP_NS, start_ns + last * STEP_NS, peak)
            for name, kind in self.by_name.items()
            for first, last, peak in kind.in_plan(plan, self.parameters)
        ]
        return sorted(scenarios, key=lambda scenario: (scenario.start_ns, scenario.kind))
