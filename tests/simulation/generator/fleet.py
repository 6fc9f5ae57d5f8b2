"""A fleet of generated drives, dealt from a deck of episodes: every kind and near-miss comes several times."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from tests.simulation.generator.ground_truth import nanoseconds
from tests.simulation.generator.sensors import Recording, record
from tests.simulation.planning.kind import Episode, Kinds, Scenario
from tests.simulation.planning.manoeuvres import new_script
from tests.simulation.planning.plan import LANE_M, Actor, Plan, Script, finish
from tests.simulation.planning.road import Road
from tests.simulation.scenarios import KINDS

FIRST_DAY = datetime(2026, 5, 4, 6, 0, tzinfo=UTC)
VEHICLES = 5
SOFTWARE_VERSION = "generator-1"
LEAD_OUT_S = 2.0
SHORTEST_S = 20.0

Random = np.random.Generator


@dataclass(frozen=True)
class GeneratedDrive:
    """One drive: what it recorded by topic, what is in it, and the plan both come from."""

    drive_id: str
    vehicle_id: str
    software_version: str
    start_ns: int
    end_ns: int
    recordings: dict[str, Recording]
    ground_truth: list[Scenario]
    plan: Plan

    def messages(self, topic: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """The messages of one topic in order of time: (log time in ns UTC, {field: value})."""
        recording = self.recordings[topic]
        columns = [values.tolist() for values in recording.fields.values()]
        names = tuple(recording.fields)
        for time_ns, *values in zip(recording.time_ns.tolist(), *columns, strict=True):
            yield time_ns, dict(zip(names, values, strict=True))

    @property
    def message_count(self) -> int:
        """Messages of all topics."""
        return sum(len(recording.time_ns) for recording in self.recordings.values())


class Deck:
    """Episodes to deal drives from: scenarios and near-misses in turn, shuffled; refilled when it is empty."""

    def __init__(self, kinds: Kinds, shuffler: Random) -> None:
        self._kinds, self._shuffler = kinds, shuffler
        self._episodes: list[Episode] = []

    def draw(self) -> Episode:
        """The next episode."""
        if not self._episodes:
            piles = self._kinds.scenario_deck(), self._kinds.near_miss_deck()
            for pile in piles:
                self._shuffler.shuffle(pile)
            while any(piles):
                self._episodes += [pile.pop() for pile in piles if pile]
        return self._episodes.pop(0)

    def put_back(self, episodes: list[Episode]) -> None:
        """Have episodes that were drawn come first again."""
        self._episodes[:0] = episodes


def generate_fleet(
    seed: int, drives: int, duration_s: float = 60.0, rate: float = 1.0, kinds: Kinds = KINDS
) -> Iterator[GeneratedDrive]:
    """Generate drives, the same ones for the same arguments; the first n don't depend on how many are asked for.

    `duration_s` is the length of each, at least 20; `rate` (0.25 to 2) scales how often sensors are read, for quick
    tests; `kinds` is what can be in them. Raises ValueError for values out of range.
    """
    if drives < 0 or duration_s < SHORTEST_S or not 0.25 <= rate <= 2:
        raise ValueError(
            f"need drives >= 0, duration_s >= {SHORTEST_S:g} and rate in 0.25..2: {drives=} {duration_s=} {rate=}"
        )
    return _drives(seed, drives, duration_s, rate, kinds)


def _drives(seed: int, drives: int, duration_s: float, rate: float, kinds: Kinds) -> Iterator[GeneratedDrive]:
    deck = Deck(kinds, np.random.default_rng([seed, 0]))
    for index in range(drives):
        random = np.random.default_rng([seed, 1, index])
        script = write_script(deck, random, duration_s)
        yield record_drive(script, seed, index, random, duration_s, rate, kinds)


def record_drive(
    script: Script, seed: int, index: int, random: Random, duration_s: float, rate: float = 1.0, kinds: Kinds = KINDS
) -> GeneratedDrive:
    """Drive a script on a random road and record it; `seed` and `index` give vehicle and day."""
    vehicle = f"roadbed{seed % 10_000:04d}{index % VEHICLES:02d}"
    late = timedelta(minutes=37 * (index % VEHICLES), seconds=int(random.integers(1800)))
    start = FIRST_DAY + timedelta(days=index // VEHICLES) + late
    start_ns = nanoseconds(start)
    plan = finish(script, Road.draw(random), duration_s)
    return GeneratedDrive(
        drive_id=f"{vehicle}_{start:%Y-%m-%d--%H-%M-%S}",
        vehicle_id=vehicle,
        software_version=SOFTWARE_VERSION,
        start_ns=start_ns,
        end_ns=start_ns + round(duration_s * 1e9),
        recordings=record(plan, start_ns, random, rate),
        ground_truth=kinds.scenarios_of(plan, start_ns),
        plan=plan,
    )


def write_script(deck: Deck, random: Random, duration_s: float) -> Script:
    """Fill a drive with the episodes of the deck that still fit, in the deck's order."""
    script = new_script(random)
    skipped: list[Episode] = []
    while True:
        episode = deck.draw()
        longer = copy.deepcopy(script)
        episode.write(longer, random)
        if longer.now_s + LEAD_OUT_S <= duration_s:
            script = longer
            continue
        skipped.append(episode)
        if len(skipped) > 3 or script.now_s + SHORTEST_S / 2 > duration_s:
            deck.put_back(skipped)
            break
    add_surroundings(script, random, duration_s)
    return script


def add_surroundings(script: Script, random: Random, duration_s: float) -> None:
    """What the radar sees all the time and no definition cares for: oncoming traffic and posts beside the road."""
    begin = random.uniform(0, 3)
    while begin + 4 < duration_s:
        side = 3 * LANE_M if random.random() < 0.5 else -2.7 * LANE_M
        end = begin + random.uniform(2.5, 4)
        distance = [(begin - 2, 175.0), (end + 1, 5.0)]
        script.actors.append(Actor(begin, end, lateral_m=[(begin, side), (end, side)], distance_m=distance))
        begin += random.uniform(4, 8)
