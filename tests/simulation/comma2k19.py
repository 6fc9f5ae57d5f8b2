"""Turns a segment of comma2k19 (github.com/commaai/comma2k19, one minute of driving) into a drive log.

    python -m tests.simulation.comma2k19 SEGMENT_DIR OUT.mcap

The arrays count time since the device's boot. `global_pose/frame_gps_times` gives GPS week and time of week of frames
whose boot time is known, which ties boot time to UTC: GPS time starts at 1980-01-06 and has no leap seconds
(IS-GPS-200, section 3.3.4). The GNSS fixes' own UTC is not used for that: they arrive about 0.2 s after their moment.

Not taken over, because the contract has no topic for them: raw CAN frames, raw GNSS measurements, the magnetometer,
uncalibrated gyroscope and its bias, and the second receiver (qcom, 0.5 Hz; u-blox gives 10 Hz). There are no events.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from pipelines.arguments import OneLineParser
from pipelines.contracts import Contract, ContractError, load_contracts
from pipelines.sources.metadata import DriveMetadata
from tests.paths import DATASETS
from tests.simulation.geodesy import geodetic_from_ecef, rotate_to_local
from tests.simulation.mcap_writer import DriveLogWriter

CONTRACTS = DATASETS
GPS_EPOCH_S = 315_964_800
"""1980-01-06T00:00:00Z as Unix time."""

WEEK_S = 604_800
LEAP_SECONDS = ((1_483_228_800, 18), (1_435_708_800, 17), (1_341_100_800, 16))
"""(from this Unix time on, GPS minus UTC in s), newest first: IERS Bulletins C 52, 49 and 43."""

Floats = NDArray[np.float64]
Rows = dict[str, list[Any]]


class SegmentError(Exception):
    """A folder that is no comma2k19 segment, or one whose arrays don't fit together."""


class Segment:
    """The arrays of one segment, read when asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        if not (folder / "global_pose").is_dir():
            raise SegmentError(f"{folder}: no global_pose/ in it; give a segment's folder, such as .../ROUTE/40")
        self.offset_ns = self._boot_to_utc_ns()

    @property
    def metadata(self) -> DriveMetadata:
        """Drive and vehicle by the names of the folders: ROUTE/SEGMENT, a route beginning with the device's id."""
        route, segment = self.folder.parent.name, self.folder.name
        return DriveMetadata(f"{route}--{segment}", route.split("_")[0].split("|")[0], "comma2k19")

    def array(self, name: str, columns: int | None = None) -> Floats:
        """One array as (n,) floats, or (n, columns). SegmentError if it is missing or has another shape."""
        try:
            values = np.load(self.folder / name, allow_pickle=False).astype(np.float64)
        except (OSError, ValueError) as error:
            raise SegmentError(f"{self.folder / name}: {error}") from error
        if columns is None:
            return values.reshape(len(values))
        if values.ndim != 2 or values.shape[1] < columns:
            raise SegmentError(f"{self.folder / name}: shape {values.shape}, expected (n, {columns})")
        return values

    def signal(self, name: str, columns: int) -> tuple[NDArray[np.int64], Floats]:
        """UTC nanoseconds and values (n, columns) of `processed_log/<name>`."""
        values = self.array(f"processed_log/{name}/value", columns if columns > 1 else None)
        return self._times(f"processed_log/{name}/t", values), values

    def pose_times(self, values: Floats) -> NDArray[np.int64]:
        """UTC nanoseconds of the frames, as many as there are values."""
        return self._times("global_pose/frame_times", values)

    def _times(self, name: str, values: Floats) -> NDArray[np.int64]:
        seconds = self.array(name)
        if len(seconds) != len(values):
            raise SegmentError(f"{self.folder / name}: {len(seconds)} times for {len(values)} values")
        return np.rint(seconds * 1e9).astype(np.int64) + self.offset_ns

    def _boot_to_utc_ns(self) -> int:
        week, time_of_week = self.array("global_pose/frame_gps_times", 2).T[:2]
        gps_s = GPS_EPOCH_S + week * WEEK_S + time_of_week
        leap_s = next((leap for since, leap in LEAP_SECONDS if gps_s[0] >= since + leap), None)
        if leap_s is None:
            raise SegmentError(f"{self.folder}: GPS week {week[0]:.0f} is before 2012; its leap seconds are not known")
        # Whole seconds apart from the rest: nanoseconds of Unix time don't fit a float.
        rest = (week - week[0]) * WEEK_S + time_of_week - self.array("global_pose/frame_times")
        return int(GPS_EPOCH_S + week[0] * WEEK_S - leap_s) * 10**9 + round(float(np.median(rest)) * 1e9)


def messages(segment: Segment) -> Iterator[tuple[str, NDArray[np.int64], Rows]]:
    """(topic, UTC nanoseconds, the columns of its messages) for each topic, in SI units."""
    times, speed = segment.signal("CAN/speed", 1)
    yield "/vehicle/speed", times, {"speed_mps": speed.tolist()}
    times, angle = segment.signal("CAN/steering_angle", 1)
    yield "/vehicle/steering", times, {"steering_angle_rad": np.radians(angle).tolist()}
    times, wheels = segment.signal("CAN/wheel_speed", 4)
    names = ("front_left_mps", "front_right_mps", "rear_left_mps", "rear_right_mps")
    yield "/vehicle/wheel_speed", times, _columns(names, wheels)
    times, radar = segment.signal("CAN/radar", 7)
    rows = _columns(("forward_distance_m", "left_distance_m", "relative_speed_mps"), radar)
    rows |= {"track_id": radar[:, 5].astype(int).tolist(), "new_track": radar[:, 6].astype(bool).tolist()}
    yield "/radar/tracks", times, rows
    for topic, name, unit in (("/imu/accelerometer", "accelerometer", "mps2"), ("/imu/gyroscope", "gyro", "radps")):
        times, axes = segment.signal(f"IMU/{name}", 3)
        yield topic, times, _columns((f"x_{unit}", f"y_{unit}", f"z_{unit}"), axes)
    times, fixes = segment.signal("GNSS/live_gnss_ublox", 6)
    rows = _columns(("latitude_deg", "longitude_deg", "speed_mps"), fixes)
    rows |= {"altitude_m": fixes[:, 4].tolist(), "bearing_deg": fixes[:, 5].tolist(), "utc_time": _utc(fixes[:, 3])}
    yield "/gnss/fix", times, rows
    yield "/localization/pose", *_pose(segment)


def _pose(segment: Segment) -> tuple[NDArray[np.int64], Rows]:
    positions = segment.array("global_pose/frame_positions", 3)
    quaternions = segment.array("global_pose/frame_orientations", 4)
    local = rotate_to_local(quaternions, segment.array("global_pose/frame_velocities", 3))
    geodetic = np.column_stack(geodetic_from_ecef(positions))
    rows = _columns(("latitude_deg", "longitude_deg", "altitude_m"), geodetic)
    rows |= _columns(("qw", "qx", "qy", "qz"), quaternions)
    # comma2k19's local frame is forward, right, down.
    rows |= _columns(("velocity_forward_mps", "velocity_left_mps", "velocity_up_mps"), local * (1, -1, -1))
    return segment.pose_times(positions), rows


def _columns(names: tuple[str, ...], values: Floats) -> Rows:
    return {name: values[:, place].tolist() for place, name in enumerate(names)}


def _utc(milliseconds: Floats) -> list[str]:
    """ISO 8601 text. The arrays hold milliseconds of Unix time (the data's README says seconds)."""
    return [f"{datetime.fromtimestamp(value / 1e3, UTC):%Y-%m-%dT%H:%M:%S.%f}Z" for value in milliseconds.tolist()]


def convert(folder: Path, stream: BinaryIO, contract: Contract) -> Counter[str]:
    """Write a segment as a drive log, ordered by time. Returns the messages per topic. SegmentError if it can't be."""
    segment = Segment(folder)
    merged = []
    for topic, times, rows in messages(segment):
        keys = tuple(rows)
        for time, row in zip(times.tolist(), zip(*rows.values(), strict=True), strict=True):
            merged.append((time, topic, dict(zip(keys, row, strict=True))))
    merged.sort(key=lambda item: item[0])
    with DriveLogWriter(stream, contract, segment.metadata) as log:
        for time, topic, message in merged:
            log.write(topic, time, message)
    return Counter(topic for _, topic, _ in merged)


def _convert_file(folder: Path, output: Path, contract: Contract) -> Counter[str]:
    partial = output.with_name(output.name + ".part")
    try:
        with partial.open("wb") as stream:
            counts = convert(folder, stream, contract)
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)
    return counts


def main(arguments: list[str] | None = None) -> int:
    """The command line; exit status 2 and one line for a folder that can't be read."""
    parser = OneLineParser("comma2k19", "A comma2k19 segment as a drive log (MCAP).")
    parser.add_argument("segment", type=Path, metavar="SEGMENT_DIR")
    parser.add_argument("output", type=Path, metavar="OUT.mcap")
    parser.add_argument("--contracts", type=Path, default=CONTRACTS, help="folder of the data contracts")
    options = parser.parse_args(arguments)
    try:
        contract = load_contracts(options.contracts).contract("drive_logs")
        counts = _convert_file(options.segment, options.output, contract)
    except (SegmentError, ContractError, OSError) as error:
        print(f"comma2k19: {error}", file=sys.stderr)
        return 2
    for topic, count in sorted(counts.items()):
        print(f"{topic:24} {count:7,}")
    print("not taken over: raw CAN, raw GNSS, magnetometer, gyroscope bias, second GNSS receiver", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
