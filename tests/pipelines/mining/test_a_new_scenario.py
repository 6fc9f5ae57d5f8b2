"""A stranger adds a scenario: one file of SQL, one of ground truth. Nothing else is told."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from pipelines.mining.definitions import SCENARIOS, Definitions
from pipelines.mining.mine import mine
from tests.pipelines.drive_tables import write_tables
from tests.pipelines.mining.frames import read_frames, rows_of
from tests.pipelines.mining.portable import mine_in_duckdb
from tests.simulation import scenarios
from tests.simulation.generator import compare, from_rows, generate_fleet
from tests.simulation.planning.kind import Kinds

SQL = """-- warm_up: the vehicle drives off after a stop, quickly.
--
-- Speed reaches :warm_up_speed_mps within :warm_up_window_us after the end of a stop.
-- start: end of the stop; end: first sample that fast; peak_value: speed there, m/s.
--
-- Source: made up for a test.
--
-- Parameters:
--   warm_up_speed_mps = 6.0
--   warm_up_window_us = 2_500_000
SELECT
  stop.drive_id,
  stop.end_us AS start_us,
  MIN(speed_segments.t_us) AS end_us,
  MIN_BY(speed_segments.speed_mps, speed_segments.t_us) AS peak_value
FROM stop
INNER JOIN speed_segments
  ON
    speed_segments.drive_id = stop.drive_id
    AND speed_segments.t_us BETWEEN stop.end_us AND stop.end_us + :warm_up_window_us
WHERE speed_segments.speed_mps >= :warm_up_speed_mps
GROUP BY stop.drive_id, stop.end_us
"""

GROUND_TRUTH = '''"""Driving off quickly, and in no hurry."""

import numpy as np

from tests.simulation.planning.grid import Found, Parameters, steps
from tests.simulation.planning.kind import Episode, Kind
from tests.simulation.planning.manoeuvres import Random
from tests.simulation.planning.plan import Plan, Script
from tests.simulation.scenarios import stop


def warm_up(script: Script, random: Random) -> None:
    """A standstill, then away at 4 m/s2."""
    script.speed.reach(0.0, 2.0)
    script.speed.hold(random.uniform(3.0, 4.0))
    script.speed.reach(random.uniform(9, 11), 4.0, 12.0)
    script.speed.hold(1.0)


def easy_start(script: Script, random: Random) -> None:
    """A standstill, then away at 1 m/s2."""
    script.speed.reach(0.0, 2.0)
    script.speed.hold(3.0)
    script.speed.reach(9.0, 1.0)
    script.speed.hold(1.0)


def in_plan(plan: Plan, parameters: Parameters) -> Found:
    """The first fast moment after each stop."""
    fast = np.flatnonzero(plan.observed("/vehicle/speed") & (plan.speed_mps >= parameters["warm_up_speed_mps"]))
    found: Found = []
    for _, end, _ in stop.in_plan(plan, parameters):
        after = fast[(fast >= end) & (fast <= end + steps(parameters["warm_up_window_us"]))]
        if len(after):
            found.append((end, int(after[0]), float(plan.speed_mps[after[0]])))
    return found


KIND = Kind(
    episodes=(Episode(warm_up, holds=("stop", "warm_up")), Episode(easy_start, holds=("stop",))),
    in_plan=in_plan,
    peak_tolerance=0.3,
)
'''


@pytest.fixture
def definitions(tmp_path: Path) -> Definitions:
    """Those of the platform and, in a copy of their folder, one file more."""
    folder = Path(shutil.copytree(str(SCENARIOS), tmp_path / "scenarios"))
    (folder / "warm_up.sql").write_text(SQL)
    return Definitions.read(folder)


@pytest.fixture
def kinds(tmp_path: Path, definitions: Definitions, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kinds]:
    """Those of the simulation and, in a folder that counts as theirs, one file more."""
    folder = tmp_path / "ground_truth"
    folder.mkdir()
    (folder / "warm_up.py").write_text(GROUND_TRUTH)
    monkeypatch.setattr(scenarios, "__path__", [*scenarios.__path__, str(folder)])
    yield scenarios.read_kinds(definitions.parameters)
    del sys.modules["tests.simulation.scenarios.warm_up"]
    delattr(scenarios, "warm_up")


def test_exactly_what_was_planned_is_mined(spark: SparkSession, definitions: Definitions, kinds: Kinds, tmp_path: Path):
    drives = list(generate_fleet(11, 16, 60.0, 0.25, kinds))
    truth = {drive.drive_id: drive.ground_truth for drive in drives}
    planned = [scenario.kind for found in truth.values() for scenario in found]
    assert set(planned) == {*definitions.kinds} == {*scenarios.KINDS.by_name, "warm_up"}
    assert planned.count("stop") > planned.count("warm_up") >= 2
    paths = write_tables(drives, tmp_path / "tables")
    mined = rows_of(mine(read_frames(spark, paths, definitions), definitions))
    differences = compare(from_rows(mined), truth, kinds)
    assert not differences, str(differences)
    assert {row["scenario_id"] for row in mine_in_duckdb(paths, definitions)} == {row["scenario_id"] for row in mined}
