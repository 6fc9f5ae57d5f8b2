"""Every kind of mining has its file here; its rule finds in each episode just what is written down for it."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.mining.definitions import DEFINITIONS
from tests.simulation.planning.kind import Episode
from tests.simulation.planning.manoeuvres import new_script
from tests.simulation.planning.plan import finish
from tests.simulation.planning.road import Road
from tests.simulation.scenarios import KINDS

EPISODES = {episode.name: episode for kind in KINDS.by_name.values() for episode in kind.episodes}


def test_every_definition_has_its_ground_truth():
    mined, simulated = set(DEFINITIONS.kinds), set(KINDS.by_name)
    assert mined == simulated, (
        f"add to tests/simulation/scenarios, or take out of it: {', '.join(f'{name}.py' for name in mined ^ simulated)}"
    )


@pytest.mark.parametrize("name", KINDS.by_name)
def test_a_kind_is_produced_and_nearly_missed(name: str):
    kind = KINDS.by_name[name]
    assert any(name in episode.holds for episode in kind.episodes), f"no episode of {name}.py holds it"
    assert any(name not in episode.holds for episode in kind.episodes), f"{name}.py has no near-miss"


def test_episodes_have_names_of_their_own():
    assert len(EPISODES) == sum(len(kind.episodes) for kind in KINDS.by_name.values())


@pytest.mark.parametrize("episode", EPISODES.values(), ids=EPISODES)
def test_an_episode_holds_what_is_written_down(episode: Episode):
    for seed in range(3):
        random = np.random.default_rng(seed)
        script = new_script(random)
        episode.write(script, random)
        plan = finish(script, Road.draw(random), script.now_s + 3.0)
        found = [scenario.kind for scenario in KINDS.scenarios_of(plan, 0)]
        assert sorted(found) == sorted(episode.holds)
