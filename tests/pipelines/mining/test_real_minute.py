"""On the real minute mining finds what its arrays give, by an implementation of its own in NumPy."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from pipelines.mining.definitions import SOURCES
from pipelines.mining.mine import mine
from pipelines.mining.parameters import PARAMETERS
from tests.pipelines.mining.real_minute import BOOT_S, SEGMENT, Columns, arrays, expected

EAGER = {
    **PARAMETERS,
    "hard_brake_acceleration_mps2": -1.2,
    "stop_speed_mps": 13.0,
    "following_headway_s": 2.6,
    "lane_change_min_sideways_mps": 0.05,
    "lane_change_displacement_m": 0.2,
}
"""Thresholds low enough that a calm minute holds scenarios."""

FAR_CUT_INS = {**PARAMETERS, "cut_in_max_distance_m": 200.0}
"""The one vehicle that comes into lane does so 160 m ahead."""

pytestmark = pytest.mark.skipif(not SEGMENT.is_dir(), reason="the real minute is not beside the repository")


@pytest.fixture(scope="module")
def minute() -> Columns:
    return arrays()


@pytest.mark.parametrize(
    ("given", "kinds"),
    [
        (PARAMETERS, set()),
        (EAGER, {"hard_brake", "stop", "following_too_close", "lane_change"}),
        (FAR_CUT_INS, {"cut_in"}),
    ],
    ids=["defined", "eager", "far cut-ins"],
)
def test_mined_is_what_the_arrays_give(
    spark: SparkSession, minute: Columns, given: dict[str, float], kinds: set[str], tmp_path: Path
):
    frames = {}
    for name in SOURCES:
        columns = {"drive_id": pa.array(["real"] * len(minute[name]["time"]), pa.string())}
        columns["timestamp"] = pa.array(minute[name]["time"], pa.timestamp("us", tz="UTC"))
        for field, values in minute[name].items():
            columns[field] = pa.array(values.tolist(), pa.string()) if values.dtype.kind == "U" else pa.array(values)
        pq.write_table(pa.table(columns), tmp_path / f"{name}.parquet")
        frames[name] = spark.read.parquet(str(tmp_path / f"{name}.parquet"))
    found: dict[str, list[tuple[float, float, float]]] = {}
    for row in mine(frames, given).toArrow().to_pylist():
        start, end = (row[name].astimezone(UTC).timestamp() - BOOT_S for name in ("start_time", "end_time"))
        found.setdefault(row["kind"], []).append((start, end, row["peak_value"]))
    wanted = expected(minute, given)
    for kind, entries in wanted.items():
        assert len(found.get(kind, [])) == len(entries), kind
        for mined, true in zip(sorted(found.get(kind, [])), entries, strict=True):
            assert mined == pytest.approx(true, abs=2e-6), kind
    assert {kind for kind, entries in wanted.items() if entries} == kinds
