"""A lake with something to publish."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from tests.pipelines.lake_rows import drive, scenario
from tests.pipelines.lake_tables import put_rows


@pytest.fixture
def filled(lake: SparkSession) -> SparkSession:
    """The lake with two drives, and scenarios of three kinds; in another order than a snapshot's."""
    scenarios = [scenario(i, f"d{i % 2}", kind) for i, kind in enumerate(("stop", "hard_brake", "cut_in", "stop"))]
    put_rows(lake, "scenarios.scenarios", scenarios[::-1])
    put_rows(lake, "drive_logs.drives", [drive("d1"), drive("d0")])
    return lake
