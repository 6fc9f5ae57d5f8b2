"""On the real minute mining finds what its arrays give, by an implementation of its own in NumPy."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from pipelines.mining.definitions import DEFINITIONS
from pipelines.mining.mine import mine
from tests.pipelines.mining.frames import read_frames, rows_of
from tests.simulation.planning.recorded import Recorded
from tests.simulation.real_minute import SEGMENT, expected, recorded
from tests.simulation.scenarios import KINDS

BOOT_S = 1_533_180_067
"""Some time of boot: whole seconds, so that log times stay exact."""

EAGER = {
    "hard_brake_acceleration_mps2": -1.2,
    "stop_speed_mps": 13.0,
    "following_headway_s": 2.6,
    "lane_change_min_sideways_mps": 0.05,
    "lane_change_displacement_m": 0.2,
}
"""Thresholds low enough that a calm minute holds scenarios."""

FAR_CUT_INS = {"cut_in_max_distance_m": 200.0}
"""The one vehicle that comes into lane does so 160 m ahead."""

pytestmark = pytest.mark.skipif(not SEGMENT.is_dir(), reason="the real minute is not beside the repository")


@pytest.fixture(scope="module")
def minute() -> Recorded:
    return recorded()


@pytest.fixture(scope="module")
def tables(minute: Recorded, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The minute's tables in Parquet files."""
    folder = tmp_path_factory.mktemp("minute")
    for name, time_s in minute.time.items():
        microseconds = BOOT_S * 1_000_000 + np.round(time_s * 1e6).astype(np.int64)
        columns = {"drive_id": pa.array(["real"] * len(time_s), pa.string())}
        columns["timestamp"] = pa.array(microseconds, pa.timestamp("us", tz="UTC"))
        for field, values in minute.columns[name].items():
            columns[field] = pa.array(values.tolist(), pa.string()) if values.dtype.kind == "U" else pa.array(values)
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    return {name: folder / f"{name}.parquet" for name in minute.time}


@pytest.mark.parametrize(
    ("changed", "kinds"),
    [
        ({}, set()),
        (EAGER, {"hard_brake", "stop", "following_too_close", "lane_change"}),
        (FAR_CUT_INS, {"cut_in"}),
    ],
    ids=["defined", "eager", "far cut-ins"],
)
def test_mined_is_what_the_arrays_give(
    spark: SparkSession, minute: Recorded, tables: dict[str, Path], changed: dict[str, float], kinds: set[str]
):
    definitions = DEFINITIONS.changed(**changed)
    found: dict[str, list[tuple[float, float, float]]] = {}
    for row in rows_of(mine(read_frames(spark, tables), definitions)):
        start, end = (row[name].astimezone(UTC).timestamp() - BOOT_S for name in ("start_time", "end_time"))
        found.setdefault(row["kind"], []).append((start, end, row["peak_value"]))
    wanted = expected(minute, replace(KINDS, parameters=definitions.parameters))
    assert set(found) <= set(wanted)
    for kind, entries in wanted.items():
        assert len(found.get(kind, [])) == len(entries), kind
        for mined, true in zip(sorted(found.get(kind, [])), entries, strict=True):
            assert mined == pytest.approx(true, abs=2e-6), kind
    assert {kind for kind, entries in wanted.items() if entries} == kinds
