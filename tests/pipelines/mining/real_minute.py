"""The real minute straight from its arrays, and the scenarios in it by the NumPy definitions."""

from __future__ import annotations

import numpy as np

from pipelines.mining.parameters import PARAMETERS
from tests.paths import COMMA2K19
from tests.pipelines.mining import reference
from tests.simulation.comma2k19 import Segment
from tests.simulation.generator import Scenario

DATA = COMMA2K19
SEGMENT = DATA / "b0c9d2329ad1606b_2018-08-02--08-34-47" / "40"
BOOT_S = 1_533_180_067
"""Some time of boot: whole seconds, so that log times stay exact."""

Columns = dict[str, dict[str, np.ndarray]]


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


def arrays() -> Columns:
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


def expected(minute: Columns, given: dict[str, float]) -> dict[str, reference.Found]:
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


def scenarios() -> list[Scenario]:
    """The scenarios of the real minute, at the times that the importer gives its messages."""
    offset_ns = Segment(SEGMENT).offset_ns
    return [
        Scenario(kind, offset_ns + round(start * 1e9), offset_ns + round(end * 1e9), peak)
        for kind, found in expected(arrays(), PARAMETERS).items()
        for start, end, peak in found
    ]
