"""The real minute of driving straight from its arrays, and the scenarios in it by the kinds' own rules."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tests.paths import COMMA2K19
from tests.simulation.comma2k19 import Segment
from tests.simulation.geodesy import geodetic_from_ecef
from tests.simulation.planning.kind import Kinds, Scenario
from tests.simulation.planning.recorded import Found, Recorded
from tests.simulation.scenarios import KINDS

SEGMENT = COMMA2K19 / "b0c9d2329ad1606b_2018-08-02--08-34-47" / "40"
H3_CELL = "89283082803ffff"
"""Of every pose: no definition reads it."""


def load(name: str) -> NDArray:
    """One array of the segment."""
    return np.load(SEGMENT / name)


def recorded() -> Recorded:
    """The tables that the arrays give; times in seconds since the device's boot, exact to the microsecond."""
    log, pose = "processed_log/CAN", "global_pose"
    radar = load(f"{log}/radar/value")
    latitude, longitude, _ = geodetic_from_ecef(load(f"{pose}/frame_positions"))
    return Recorded(
        time={
            "speed": rounded(load(f"{log}/speed/t")),
            "radar_tracks": rounded(load(f"{log}/radar/t")),
            "ego_pose": rounded(load(f"{pose}/frame_times")),
            "events": np.empty(0),
        },
        columns={
            "speed": {"speed_mps": load(f"{log}/speed/value").ravel()},
            "radar_tracks": {
                "track_id": radar[:, 5].astype(np.int64),
                "forward_distance_m": radar[:, 0],
                "left_distance_m": radar[:, 1],
                "relative_speed_mps": radar[:, 2],
                "new_track": radar[:, 6] > 0,
            },
            "ego_pose": {
                "latitude_deg": latitude,
                "longitude_deg": longitude,
                "h3_cell": np.full(len(latitude), H3_CELL),
            },
            "events": {"kind": np.empty(0, str)},
        },
    )


def rounded(time_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Times to the microsecond, as tables keep them."""
    return np.round(time_s * 1e6) / 1e6


def expected(drive: Recorded, kinds: Kinds = KINDS) -> dict[str, Found]:
    """What is in a drive, by kind; nothing of a kind whose file has no rule for recordings."""
    return {
        name: kind.in_recording(drive, kinds.parameters) if kind.in_recording else []
        for name, kind in kinds.by_name.items()
    }


def scenarios() -> list[Scenario]:
    """The scenarios of the real minute, at the times that the importer gives its messages."""
    offset_ns = Segment(SEGMENT).offset_ns
    return [
        Scenario(kind, offset_ns + round(start * 1e9), offset_ns + round(end * 1e9), peak)
        for kind, found in expected(recorded()).items()
        for start, end, peak in found
    ]
