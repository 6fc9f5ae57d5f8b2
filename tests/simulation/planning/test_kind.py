"""Kinds together: the decks that fleets are dealt from, and the scenarios of a plan."""

from __future__ import annotations

import numpy as np

from tests.simulation.planning.kind import Episode, Kind, Kinds, Scenario
from tests.simulation.planning.manoeuvres import Random
from tests.simulation.planning.motion import SpeedProfile
from tests.simulation.planning.plan import Script, finish
from tests.simulation.planning.road import Road


def first(script: Script, random: Random) -> None: ...


def second(script: Script, random: Random) -> None: ...


def miss(script: Script, random: Random) -> None: ...


def unplaced(script: Script, random: Random) -> None: ...


KINDS = Kinds(
    {
        "late": Kind((Episode(second, ("late",), places=(2, 4)), Episode(miss, ("early",))), lambda plan, given: []),
        "early": Kind(
            (
                Episode(unplaced, ("early",)),
                Episode(first, ("early", "early"), places=(1,)),
                Episode(miss, ("early",), places=()),
            ),
            lambda plan, given: [(200, 300, given["peak"]), (100, 100, None)],
        ),
    },
    {"peak": 1.5},
)


def test_a_deck_is_in_order_of_the_places_and_what_has_none_comes_last():
    assert [episode.name for episode in KINDS.scenario_deck()] == ["first", "second", "second", "unplaced"]
    assert [episode.name for episode in KINDS.near_miss_deck()] == ["miss"]


def test_scenarios_are_at_their_times_in_order_of_start():
    plan = finish(Script(SpeedProfile(10.0)), Road.draw(np.random.default_rng(1)), 5.0)
    assert KINDS.scenarios_of(plan, 7) == [
        Scenario("early", 1_000_000_007, 1_000_000_007, None),
        Scenario("early", 2_000_000_007, 3_000_000_007, 1.5),
    ]
