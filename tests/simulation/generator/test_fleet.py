"""The generated fleet: the same for the same seed, with scenarios of every kind, each far from every threshold."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from tests.simulation.generator import GeneratedDrive, generate_fleet
from tests.simulation.generator.fleet import Deck
from tests.simulation.scenarios import KINDS

SLACK = {"in_lane_half_width_m": 0.1, "max_gap_us": 0.15} | {
    name: part for kind in KINDS.by_name.values() for name, part in kind.slack.items()
}
"""By how much of itself each threshold can move without a scenario coming or going: shared ones, and the kinds' own."""


def test_same_seed_same_fleet_and_the_first_drives_do_not_depend_on_the_count():
    short, long = list(generate_fleet(3, 2, 30.0)), list(generate_fleet(3, 4, 30.0))
    for one, other in zip(short, long, strict=False):
        assert one.drive_id == other.drive_id
        assert one.ground_truth == other.ground_truth
        for topic in one.recordings:
            assert list(one.messages(topic)) == list(other.messages(topic))
    assert next(generate_fleet(4, 1, 30.0)).drive_id != short[0].drive_id


def test_a_fleet_has_every_kind_several_times(fleet: list[GeneratedDrive]):
    counts = Counter(scenario.kind for drive in fleet for scenario in drive.ground_truth)
    assert set(counts) == set(KINDS.by_name)
    assert min(counts.values()) >= 3, counts
    assert len({drive.drive_id for drive in fleet}) == len(fleet)


@pytest.mark.parametrize("name", SLACK)
@pytest.mark.parametrize("sign", [-1, 1])
def test_no_scenario_lies_near_a_threshold(fleet: list[GeneratedDrive], name: str, sign: int):
    moved = replace(KINDS, parameters={**KINDS.parameters, name: KINDS.parameters[name] * (1 + sign * SLACK[name])})
    for drive in fleet:
        found = [scenario.kind for scenario in moved.scenarios_of(drive.plan, drive.start_ns)]
        assert Counter(found) == Counter(scenario.kind for scenario in drive.ground_truth), drive.drive_id


@pytest.mark.parametrize(("duration_s", "rate"), [(10.0, 1.0), (60.0, 0.1), (60.0, 3.0)])
def test_refuses_what_it_cannot_plan(duration_s: float, rate: float):
    with pytest.raises(ValueError, match="duration_s >= 20"):
        generate_fleet(1, 1, duration_s, rate)


def test_a_deck_deals_every_episode_before_any_comes_again():
    deck = Deck(KINDS, np.random.default_rng(1))
    scenarios, near_misses = KINDS.scenario_deck(), KINDS.near_miss_deck()
    dealt = [deck.draw() for _ in (*scenarios, *near_misses)]
    names = [episode.name for episode in (*scenarios, *near_misses)]
    assert Counter(episode.name for episode in dealt) == Counter(names)
    assert [episode.name for episode in dealt] != names
    deck.put_back(dealt[-2:])
    assert [deck.draw(), deck.draw()] == dealt[-2:]
