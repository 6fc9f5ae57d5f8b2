"""On the real minute mining finds what its arrays give, by an implementation of its own in NumPy."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from pipelines.mining.definitions import SOURCES
from pipelines.mining.mine import mine
from pipelines.mining.parameters import PARAMETERS
from tests.pipelines.mining import reference

DATA = Path(__file__).parents[4] / "shared" / "data" / "comma2k19"
SEGMENT = DATA / "b0c9d2329ad1606b_2018-08-02--08-34-47" / "40"
BOOT_S = 1_533_180_067
"""Some time of boot: whole seconds, so that log times stay exact."""

EAGER = {
    **PARAMETERS,
    "hard_brake_acceleration_mps2": -1.2,
    "stop_speed_mps": 13.0,
    "following_headway_s": 2.6,
    "cut_in_max_distance_m": 200.0,
    "cut_in_settle_half_width_m": 2.5,
    "in_lane_half_width_m": 1.8,
    "cut_in_outside_m": 2.0,
    "lane_change_min_sideways_mps": 0.05,
    "lane_change_displacement_m": 0.2,
}
"""Thresholds low enough that every kind is found in a calm minute."""

pytestmark = pytest.mark.skipif(not SEGMENT.is_dir(), reason="the real minute is not beside the repository")


def load(name: str) -> np.ndarray:
    return np.load(SEGMENT / name)


def microseconds(time_s: np.ndarray) -> np.ndarray:
    return BOOT_S * 1_000_000 + np.round(time_s * 1e6).astype(np.int64)


def degrees(position_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Geodetic latitude and longitude of Earth-centred positions (Bowring's formula, WGS 84)."""
    major, minor = 6_378_137.0, 6_356_752.314245
    x, y, z = position_m.T
    across = np.hypot(x, y)
    angle = np.arctan2(z * major, across * minor)
    squared, second = 1 - (minor / major) ** 2, (major / minor) ** 2 - 1
    latitude = np.arctan2(z + second * minor * np.sin(angle) ** 3, across - squared * major * np.cos(angle) ** 3)
    return np.degrees(latitude), np.degrees(np.arctan2(y, x))


@pytest.fixture(scope="module")
def minute() -> dict[str, dict[str, np.ndarray]]:
    """The columns of the tables, straight from the arrays; `time` in microseconds."""
    radar = load("processed_log/CAN/radar/value")
    latitude, longitude = degrees(load("global_pose/frame_positions"))
    return {
        "speed": {
            "time": microseconds(load("processed_log/CAN/speed/t")),
            "speed_mps": load("processed_log/CAN/speed/value").ravel(),
        },
        "radar_tracks": {
            "time": microseconds(load("processed_log/CAN/radar/t")),
            "track_id": radar[:, 5].astype(np.int64),
            "forward_distance_m": radar[:, 0],
            "left_distance_m": radar[:, 1],
            "relative_speed_mps": radar[:, 2],
            "new_track": radar[:, 6] > 0,
        },
        "ego_pose": {
            "time": microseconds(load("global_pose/frame_times")),
            "latitude_deg": latitude,
            "longitude_deg": longitude,
            "h3_cell": np.full(len(latitude), "89283082803ffff"),
        },
        "events": {"time": np.empty(0, np.int64), "kind": np.empty(0, str)},
    }


def expected(minute: dict[str, dict[str, np.ndarray]], given: dict[str, float]) -> dict[str, reference.Found]:
    """What the arrays give, by kind."""
    time = {name: (columns["time"] - BOOT_S * 1_000_000) / 1e6 for name, columns in minute.items()}
    speed, radar, pose = minute["speed"]["speed_mps"], minute["radar_tracks"], minute["ego_pose"]
    own = reference.own_speed(time["radar_tracks"], time["speed"], speed, given)
    forward, left = radar["forward_distance_m"], radar["left_distance_m"]
    changes = reference.lane_changes(time["ego_pose"], pose["latitude_deg"], pose["longitude_deg"], given)
    return {
        "hard_brake": reference.hard_brakes(time["speed"], speed, given),
        "stop": reference.stops(time["speed"], speed, given),
        "following_too_close": reference.too_close(time["radar_tracks"], forward, left, own, given),
        "lane_change": changes,
        "cut_in": reference.cut_ins(
            time["radar_tracks"],
            radar["track_id"],
            forward,
            left,
            radar["relative_speed_mps"],
            radar["new_track"],
            own,
            changes,
            given,
        ),
    }


@pytest.mark.parametrize("given", [PARAMETERS, EAGER], ids=["defined", "eager"])
def test_mined_is_what_the_arrays_give(spark: SparkSession, minute, given: dict[str, float], tmp_path: Path):
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
    assert all(wanted.values()) == (given is EAGER), {kind: len(entries) for kind, entries in wanted.items()}
