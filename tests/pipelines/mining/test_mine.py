"""What mining finds in generated drives is just what was planned into them; on Spark and, carried over, on DuckDB."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyspark.sql import SparkSession

from pipelines.mining.definitions import DEFINITIONS
from pipelines.mining.mine import mine
from tests.pipelines.drive_tables import write_tables
from tests.pipelines.mining.frames import read_frames, rows_of
from tests.pipelines.mining.portable import mine_in_duckdb
from tests.simulation.generator import GeneratedDrive, compare, from_rows
from tests.simulation.generator.fleet import record_drive
from tests.simulation.planning.manoeuvres import new_script
from tests.simulation.scenarios import KINDS


def test_mined_equals_ground_truth(fleet: list[GeneratedDrive], mined: list[dict[str, Any]]):
    differences = compare(from_rows(mined), {drive.drive_id: drive.ground_truth for drive in fleet})
    assert not differences, str(differences)
    assert {row["kind"] for row in mined} == set(DEFINITIONS.kinds)


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
    episodes = [episode for kind in KINDS.by_name.values() for episode in kind.episodes]
    assert len(episodes) >= 23
    drives, expected = [], {}
    for place, episode in enumerate(episodes):
        for variant in range(2):
            random = np.random.default_rng([place, variant])
            script = new_script(random)
            episode.write(script, random)
            drive = record_drive(script, place, variant, random, script.now_s + 3.0, 0.5)
            drives.append(drive)
            expected[drive.drive_id] = (episode.name, sorted(episode.holds))
    found: dict[str, list[str]] = {drive.drive_id: [] for drive in drives}
    for row in rows_of(mine(read_frames(spark, write_tables(drives, tmp_path)))):
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


def test_mine_leaves_no_views_behind_and_names_missing_tables(spark: SparkSession, paths: dict[str, Path]):
    given = read_frames(spark, paths)
    mine(given)
    assert not {table.name for table in spark.catalog.listTables()} & {*DEFINITIONS.sources, *DEFINITIONS.texts}
    del given["events"]
    with pytest.raises(ValueError, match="missing: events"):
        mine(given)
