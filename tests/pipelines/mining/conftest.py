"""One fleet for all tests of mining: its drives, their tables in Parquet files, and what Spark mines in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from pipelines.mining.mine import mine
from tests.pipelines.drive_tables import write_tables
from tests.pipelines.mining.frames import read_frames, rows_of
from tests.simulation.generator import GeneratedDrive, generate_fleet


@pytest.fixture(scope="session")
def fleet() -> list[GeneratedDrive]:
    """Two seeds at a quarter of the rates, and some drives as real cars record them."""
    sparse = [drive for seed in (7, 8) for drive in generate_fleet(seed, 8, 60.0, 0.25)]
    return [*sparse, *generate_fleet(9, 4, 60.0)]


@pytest.fixture(scope="session")
def paths(fleet: list[GeneratedDrive], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The fleet's tables."""
    return write_tables(fleet, tmp_path_factory.mktemp("fleet"))


@pytest.fixture(scope="session")
def mined(spark: SparkSession, paths: dict[str, Path]) -> list[dict[str, Any]]:
    """The rows that Spark finds in the fleet."""
    return rows_of(mine(read_frames(spark, paths)))
