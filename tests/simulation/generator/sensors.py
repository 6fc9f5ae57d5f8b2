"""What the sensors record of a plan: sampled at their own jittering clocks, with the noise of noise.py."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.simulation.generator import noise
from tests.simulation.planning.motion import Array
from tests.simulation.planning.plan import Plan, Track
from tests.simulation.planning.road import quaternions

GRAVITY_MPS2 = 9.81

Random = np.random.Generator


@dataclass(frozen=True)
class Recording:
    """All messages of a topic as columns: log times (ns UTC, ascending) and one array of the same length per field."""

    time_ns: NDArray[np.int64]
    fields: dict[str, NDArray]


def record(plan: Plan, start_ns: int, random: Random, rate: float) -> dict[str, Recording]:
    """Record a plan that begins at `start_ns` on all topics; `rate` scales how often each sensor is read."""
    whole = (0.0, float(plan.time_s[-1]))
    recordings = {}
    for topic, sensor in SENSORS.items():
        time_s = clock(topic, *whole, random, rate)
        recordings[topic] = _recording(plan, topic, start_ns, time_s, sensor(plan, time_s, random, start_ns))
    recordings["/radar/tracks"] = radar(plan, start_ns, random, rate)
    recordings["/vehicle/events"] = events(plan, start_ns)
    return recordings


def clock(topic: str, first_s: float, last_s: float, random: Random, rate: float) -> Array:
    """Log times of a sensor within a span: a random phase, then a period with jitter of less than half of it."""
    period = 1.0 / (noise.RATES_HZ[topic] * rate)
    count = int((last_s - first_s) / period)
    jitter = random.uniform(-noise.JITTER[topic], noise.JITTER[topic], count)
    return np.clip(first_s + (np.arange(count) + 0.5 + jitter) * period, first_s, last_s)


def speed(plan: Plan, time_s: Array, random: Random, start_ns: int) -> dict[str, NDArray]:
    """The speed signal; the car filters it to exactly 0 at standstill."""
    return {"speed_mps": _odometry(plan, time_s, random, noise.SPEED_MPS, noise.SPEED_RESOLUTION_MPS)}


def wheel_speed(plan: Plan, time_s: Array, random: Random, start_ns: int) -> dict[str, NDArray]:
    names = ("front_left_mps", "front_right_mps", "rear_left_mps", "rear_right_mps")
    return {
        name: _odometry(plan, time_s, random, deviation, noise.WHEEL_SPEED_RESOLUTION_MPS)
        for name, deviation in zip(names, noise.WHEEL_SPEED_MPS, strict=True)
    }


def steering(plan: Plan, time_s: Array, random: Random, start_ns: int) -> dict[str, NDArray]:
    """The angle of the steering wheel that drives the planned path (bicycle model)."""
    curvature = _at(plan, time_s, _yaw_rate(plan)) / np.maximum(_at(plan, time_s, plan.speed_mps), 1.0)
    angle_deg = np.degrees(np.arctan(noise.WHEELBASE_M * curvature)) * noise.STEERING_RATIO
    angle_deg += random.normal(0, noise.STEERING_DEG, len(time_s))
    return {"steering_angle_rad": np.radians(_rounded(angle_deg, noise.STEERING_RESOLUTION_DEG))}


def accelerometer(plan: Plan, time_s: Array, random: Random, start_ns: int) -> dict[str, NDArray]:
    """Specific force, axes forward, right, down: gravity shows as -g along down."""
    forward = _at(plan, time_s, plan.acceleration_mps2)
    right = -_at(plan, time_s, plan.speed_mps * _yaw_rate(plan))
    down = np.full(len(time_s), -GRAVITY_MPS2)
    return _with_noise({"x_mps2": forward, "y_mps2": right, "z_mps2": down}, noise.ACCELEROMETER_MPS2, random)


def gyroscope(plan: Plan, time_s: Array, random: Random, start_ns: int) -> dict[str, NDArray]:
    """Rotation rates, axes forward, right, down: a turn to the left is negative about down."""
    level = np.zeros(len(time_s))
    return _with_noise(
        {"x_radps": level, "y_radps": level, "z_radps": -_at(plan, time_s, _yaw_rate(plan))},
        noise.GYROSCOPE_RADPS,
        random,
    )


def gnss(plan: Plan, time_s: Array, random: Random, start_ns: int) -> dict[str, NDArray]:
    """Fixes of a receiver; its position error lies along the road, utc_time is an ISO 8601 text."""
    along = random.normal(0, noise.GNSS_POSITION_M, len(time_s))
    yaw, own_speed = _at(plan, time_s, plan.yaw_rad), _at(plan, time_s, plan.speed_mps)
    east = _at(plan, time_s, plan.east_m) + along * np.cos(yaw)
    north = _at(plan, time_s, plan.north_m) + along * np.sin(yaw)
    latitude, longitude = plan.road.degrees(east, north)
    bearing = 90 - np.degrees(yaw) + random.normal(0, noise.GNSS_BEARING_DEG, len(time_s))
    time_us = start_ns // 1000 + np.round(time_s * 1e6).astype(np.int64)
    return {
        "latitude_deg": latitude,
        "longitude_deg": longitude,
        "speed_mps": np.maximum(own_speed + random.normal(0, noise.GNSS_SPEED_MPS, len(time_s)), 0.0),
        "altitude_m": plan.road.altitude_m + random.normal(0, noise.GNSS_ALTITUDE_M, len(time_s)),
        "bearing_deg": np.mod(bearing, 360),
        "utc_time": np.datetime_as_string(time_us.astype("datetime64[us]"), timezone="UTC"),
    }


def pose(plan: Plan, time_s: Array, random: Random, start_ns: int) -> dict[str, NDArray]:
    """The fused pose; as good as in the real minute, where it was computed afterwards."""
    east = _at(plan, time_s, plan.east_m) + random.normal(0, noise.POSE_POSITION_M, len(time_s))
    north = _at(plan, time_s, plan.north_m) + random.normal(0, noise.POSE_POSITION_M, len(time_s))
    latitude, longitude = plan.road.degrees(east, north)
    w, x, y, z = quaternions(latitude, longitude, _at(plan, time_s, plan.yaw_rad))
    own_speed = _at(plan, time_s, plan.speed_mps)
    velocity = random.normal(0, noise.POSE_VELOCITY_MPS, (3, len(time_s)))
    return {
        "latitude_deg": latitude,
        "longitude_deg": longitude,
        "altitude_m": plan.road.altitude_m + random.normal(0, noise.POSE_POSITION_M, len(time_s)),
        "qw": w,
        "qx": x,
        "qy": y,
        "qz": z,
        "velocity_forward_mps": own_speed + velocity[0],
        "velocity_left_mps": velocity[1],
        "velocity_up_mps": velocity[2],
    }


SENSORS = {
    "/vehicle/speed": speed,
    "/vehicle/steering": steering,
    "/vehicle/wheel_speed": wheel_speed,
    "/imu/accelerometer": accelerometer,
    "/imu/gyroscope": gyroscope,
    "/gnss/fix": gnss,
    "/localization/pose": pose,
}


def radar(plan: Plan, start_ns: int, random: Random, rate: float) -> Recording:
    """The rows of all tracks in order of time; the first row of a life has new_track."""
    parts = [track_rows(track, plan, random, rate) for track in plan.tracks]
    parts = [part for part in parts if len(part["time_s"])]
    if not parts:
        parts = [{name: np.empty(0) for name in ("time_s", *RADAR_FIELDS)}]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.argsort(joined["time_s"], kind="stable")
    time_s = joined.pop("time_s")[order]
    fields: dict[str, NDArray] = {name: values[order] for name, values in joined.items()}
    fields["track_id"], fields["new_track"] = fields["track_id"].astype(np.int64), fields["new_track"].astype(bool)
    return _recording(plan, "/radar/tracks", start_ns, time_s, fields)


RADAR_FIELDS = ("track_id", "forward_distance_m", "left_distance_m", "relative_speed_mps", "new_track")


def track_rows(track: Track, plan: Plan, random: Random, rate: float) -> dict[str, NDArray]:
    """One life of a slot as the radar reports it."""
    span = plan.time_s[track.first : track.last + 1]
    time_s = clock("/radar/tracks", float(span[0]), float(span[-1]), random, rate)
    count = len(time_s)
    forward = np.interp(time_s, span, track.forward_m) + random.normal(0, noise.RADAR_FORWARD_M, count)
    left = np.interp(time_s, span, track.left_m) + random.normal(0, noise.RADAR_LEFT_M, count)
    relative = np.interp(time_s, span, track.relative_speed_mps) + random.normal(
        0, noise.RADAR_RELATIVE_SPEED_MPS, count
    )
    return {
        "time_s": time_s,
        "track_id": np.full(count, float(track.track_id)),
        "forward_distance_m": np.maximum(_rounded(forward, noise.RADAR_DISTANCE_RESOLUTION_M), 0.0),
        "left_distance_m": _rounded(left, noise.RADAR_DISTANCE_RESOLUTION_M),
        "relative_speed_mps": _rounded(relative, noise.RADAR_SPEED_RESOLUTION_MPS),
        "new_track": np.arange(count) == 0,
    }


def events(plan: Plan, start_ns: int) -> Recording:
    """The events as planned."""
    time_s = np.array([event.time_s for event in plan.events], dtype=float)
    kinds = np.array([event.kind for event in plan.events], dtype=str)
    details = np.array([event.detail for event in plan.events], dtype=str)
    return _recording(plan, "/vehicle/events", start_ns, time_s, {"kind": kinds, "detail": details})


def _recording(plan: Plan, topic: str, start_ns: int, time_s: Array, fields: dict[str, NDArray]) -> Recording:
    keep = plan.observed_at(topic, time_s)
    time_ns = start_ns + np.round(time_s[keep] * 1e9).astype(np.int64)
    return Recording(time_ns, {name: values[keep] for name, values in fields.items()})


def _at(plan: Plan, time_s: Array, values: Array) -> Array:
    return np.interp(time_s, plan.time_s, values)


def _yaw_rate(plan: Plan) -> Array:
    return np.gradient(plan.yaw_rad, plan.time_s)


def _odometry(plan: Plan, time_s: Array, random: Random, deviation: float, resolution: float) -> Array:
    """Speed with noise that fades below 2 m/s, where the sensors' pulses are filtered, down to exactly 0."""
    true = _at(plan, time_s, plan.speed_mps)
    noisy = true + random.normal(0, deviation, len(time_s)) * np.minimum(true / 2.0, 1.0)
    return np.where(true < noise.STANDSTILL_MPS, 0.0, np.maximum(_rounded(noisy, resolution), 0.0))


def _with_noise(fields: dict[str, Array], deviations: tuple[float, ...], random: Random) -> dict[str, NDArray]:
    return {
        name: values + random.normal(0, deviation, len(values))
        for (name, values), deviation in zip(fields.items(), deviations, strict=True)
    }


def _rounded(values: Array, resolution: float) -> Array:
    return np.round(values / resolution) * resolution
