"""Rules on recorded signals, with irregular clocks: the drive logs' tables as arrays, runs and windows in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Found = list[tuple[float, float, float]]
"""Start and end in seconds, and the peak; in order of start."""

Parameters = Mapping[str, float]


@dataclass(frozen=True)
class Recorded:
    """Tables of one drive: by name the times of the rows in seconds, ascending, and arrays of the same length."""

    time: Mapping[str, Array]
    columns: Mapping[str, Mapping[str, NDArray]]


def own_speed(drive: Recorded, given: Parameters) -> Array:
    """The last speed at or before each radar row, m/s; NaN if there is none fresh enough."""
    radar_time, time, speed = drive.time["radar_tracks"], drive.time["speed"], drive.columns["speed"]["speed_mps"]
    place = np.searchsorted(time, radar_time, side="right") - 1
    age = radar_time - time[np.maximum(place, 0)]
    fresh = (place >= 0) & (age <= given["max_gap_us"] / 1e6)
    return np.where(fresh, speed[np.maximum(place, 0)], np.nan)


def ends(time: Array, hole: NDArray[np.int64], index: int, reach: float) -> tuple[int, int]:
    """First and last sample within reach of one, on its side of every hole."""
    first = int(np.searchsorted(time, time[index] - reach - 1e-9))
    last = int(np.searchsorted(time, time[index] + reach + 1e-9, side="right")) - 1
    same = np.flatnonzero(hole[first : last + 1] == hole[index]) + first
    return int(same[0]), int(same[-1])


def split(indices: NDArray[np.intp], time: Array, gap: float) -> list[NDArray[np.intp]]:
    """Runs of indices whose times are not more than the gap apart."""
    if len(indices) == 0:
        return []
    return np.split(indices, np.flatnonzero(np.diff(time[indices]) > gap) + 1)
