"""What mining finds in generated drives is just what was planned into them; on Spark and, carried over, on DuckDB."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlglot
from pyspark.sql import DataFrame, SparkSession

from pipelines.mining.definitions import KINDS, SOURCES, VIEWS, parameters_of, read_sql
from pipelines.mining.mine import mine
from pipelines.mining.parameters import PARAMETERS
from tests.pipelines.drive_tables import write_tables
from tests.pipelines.mining.portable import in_dialect, mine_in_duckdb
from tests.simulation.generator import GeneratedDrive, compare, from_rows, generate_fleet
from tests.simulation.generator.episodes import SCENARIOS
from tests.simulation.generator.fleet import new_script, record_drive
from tests.simulation.generator.near_misses import NEAR_MISSES
from tests.simulation.generator.plan import Script

EXPECTED = {
    "hard_brake": ["hard_brake"],
    "hard_brake_in_two_bursts": ["hard_brake"],
    "hard_brake_twice": ["hard_brake", "hard_brake"],
    "cut_in": ["cut_in"],
    "following_too_close": ["following_too_close"],
    "following_with_radar_gap": ["following_too_close", "following_too_close"],
    "lane_change": ["lane_change"],
    "stop": ["stop"],
    "disengagement": ["disengagement"],
    "firm_brake": [],
    "passing": [],
    "following_at_distance": [],
    "hard_brake_in_gap": [],
    "nudge": [],
    "short_stop": [],
    "lane_change_behind_neighbour": ["lane_change"],
    "reused_slot": [],
    "following_too_close_briefly": [],
    "creep": [],
    "drifting_neighbour": [],
    "override": [],
    "two_lane_changes_one_way": ["lane_change", "lane_change"],
    "weave_then_change": ["lane_change"],
}
"""What each episode holds, written down by hand."""


def two_lane_changes_one_way(script: Script, random: np.random.Generator) -> None:
    """The shadow after the first and that before the second fall on one another: together as large as a change."""
    script.speed.reach(20.0)
    script.speed.hold(3.0)
    for _ in range(2):
        script.shift(3.5, 4.0)
        script.speed.hold(4.0)


def weave_then_change(script: Script, random: np.random.Generator) -> None:
    """Within the lane to the left and back, then a change to the right whose shadow falls on it."""
    script.speed.reach(18.0)
    script.speed.hold(3.0)
    for metres in (1.1, -1.1, -3.5):
        script.shift(metres, 3.5)
        script.speed.hold(4.0)


EPISODES = (*dict.fromkeys((*SCENARIOS, *NEAR_MISSES)), two_lane_changes_one_way, weave_then_change)


def frames(spark: SparkSession, paths: dict[str, Path]) -> dict[str, DataFrame]:
    return {name: spark.read.parquet(str(paths[name])) for name in SOURCES}


def rows_of(frame: DataFrame) -> list[dict[str, Any]]:
    return frame.toArrow().to_pylist()


@pytest.fixture(scope="module")
def fleet() -> list[GeneratedDrive]:
    """Two seeds at a quarter of the rates, and some drives as real cars record them."""
    sparse = [drive for seed in (7, 8) for drive in generate_fleet(seed, 8, 60.0, 0.25)]
    return [*sparse, *generate_fleet(9, 4, 60.0)]


@pytest.fixture(scope="module")
def paths(fleet: list[GeneratedDrive], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_tables(fleet, tmp_path_factory.mktemp("fleet"))


@pytest.fixture(scope="module")
def mined(spark: SparkSession, paths: dict[str, Path]) -> list[dict[str, Any]]:
    return rows_of(mine(frames(spark, paths)))


def test_mined_equals_ground_truth(fleet: list[GeneratedDrive], mined: list[dict[str, Any]]):
    differences = compare(from_rows(mined), {drive.drive_id: drive.ground_truth for drive in fleet})
    assert not differences, str(differences)
    assert {row["kind"] for row in mined} == set(KINDS)


def test_rows_say_where_and_how_long(fleet: list[GeneratedDrive], mined: list[dict[str, Any]]):
    drives = {drive.drive_id: drive for drive in fleet}
    for row in mined:
        assert row["duration_s"] == pytest.approx((row["end_time"] - row["start_time"]).total_seconds())
        pose = drives[row["drive_id"]].recordings["/localization/pose"]
        start_ns = round(row["start_time"].astimezone(UTC).timestamp() * 1e6) * 1000
        nearest = int(np.argmin(np.abs(pose.time_ns // 1000 * 1000 - start_ns)))
        assert row["latitude_deg"] == pytest.approx(pose.fields["latitude_deg"][nearest], abs=1e-12)
        assert row["longitude_deg"] == pytest.approx(pose.fields["longitude_deg"][nearest], abs=1e-12)
        assert len(row["h3_cell"]) == 15
    assert len({row["scenario_id"] for row in mined}) == len(mined)


def test_each_episode_gives_what_it_should(spark: SparkSession, tmp_path: Path):
    """Near-misses and drop-outs one by one: a brake in a hole isn't found, a hole splits, a reused slot cuts nobody."""
    assert {episode.__name__ for episode in EPISODES} == set(EXPECTED)
    drives, expected = [], {}
    for place, episode in enumerate(EPISODES):
        for variant in range(2):
            random = np.random.default_rng([place, variant])
            script = new_script(random)
            episode(script, random)
            drive = record_drive(script, place, variant, random, script.now_s + 3.0, 0.5)
            drives.append(drive)
            expected[drive.drive_id] = (episode.__name__, EXPECTED[episode.__name__])
    found: dict[str, list[str]] = {drive.drive_id: [] for drive in drives}
    for row in rows_of(mine(frames(spark, write_tables(drives, tmp_path)))):
        found[row["drive_id"]].append(row["kind"])
    assert {drive_id: (expected[drive_id][0], sorted(kinds)) for drive_id, kinds in found.items()} == expected


def test_duckdb_finds_the_same_rows(paths: dict[str, Path], mined: list[dict[str, Any]]):
    others = {row["scenario_id"]: row for row in mine_in_duckdb(paths)}
    assert set(others) == {row["scenario_id"] for row in mined}
    for row in mined:
        other = others[row["scenario_id"]]
        for name in ("drive_id", "kind", "h3_cell", "latitude_deg", "longitude_deg"):
            assert other[name] == row[name]
        for name in ("start_time", "end_time"):
            assert other[name].replace(tzinfo=UTC) == row[name].astimezone(UTC)
        for name in ("duration_s", "peak_value"):
            assert other[name] == (row[name] if row[name] is None else pytest.approx(row[name], rel=1e-9))


@pytest.mark.parametrize("view", VIEWS)
def test_definitions_are_also_bigquery(view: str):
    text = in_dialect(view, "bigquery")
    assert ":" not in text
    assert sqlglot.parse_one(text, read="bigquery")


def test_every_parameter_is_used_and_every_used_one_exists():
    used = {name for view in VIEWS for name in parameters_of(read_sql(view))}
    assert used == set(PARAMETERS)


def test_mine_leaves_no_views_behind_and_names_missing_tables(spark: SparkSession, paths: dict[str, Path]):
    given = frames(spark, paths)
    mine(given)
    assert not {table.name for table in spark.catalog.listTables()} & {*SOURCES, *VIEWS}
    del given["events"]
    with pytest.raises(ValueError, match="missing: events"):
        mine(given)
