"""Rates and noise of the generated sensors, measured once on the real minute.

Source: comma2k19 (MIT licence), drive b0c9d2329ad1606b|2018-08-02--08-34-47, segment 40, a Toyota RAV4. Rates are rows
over time span. Noise is the standard deviation of what is left of the signal after a quadratic fit over 25 samples of
CAN signals, 15 of a radar track, 20 of the inertial sensors, 10 of positions. Resolution is the smallest step.
"""

from __future__ import annotations

RATES_HZ: dict[str, float] = {
    "/vehicle/speed": 82.9,
    "/vehicle/steering": 82.9,
    "/vehicle/wheel_speed": 82.9,
    "/radar/tracks": 20.0,
    "/imu/accelerometer": 104.3,
    "/imu/gyroscope": 104.3,
    "/gnss/fix": 9.7,
    "/localization/pose": 20.0,
}
"""Rows per second; of radar, per track."""

JITTER: dict[str, float] = {
    "/vehicle/speed": 0.45,
    "/vehicle/steering": 0.45,
    "/vehicle/wheel_speed": 0.45,
    "/radar/tracks": 0.05,
    "/imu/accelerometer": 0.002,
    "/imu/gyroscope": 0.002,
    "/gnss/fix": 0.15,
    "/localization/pose": 0.01,
}
"""How far a sample's log time strays from its period, as a part of the period (uniform, both ways)."""

SPEED_MPS = 0.0274
SPEED_RESOLUTION_MPS = 0.0025 / 3.6
STANDSTILL_MPS = 0.05
"""Below this the car reports exactly 0."""

WHEEL_SPEED_MPS = (0.0396, 0.0371, 0.0558, 0.0537)
"""Front left, front right, rear left, rear right."""
WHEEL_SPEED_RESOLUTION_MPS = 0.01 / 3.6

STEERING_DEG = 0.067
STEERING_RESOLUTION_DEG = 0.1

RADAR_FORWARD_M = 0.065
RADAR_LEFT_M = 0.045
RADAR_RELATIVE_SPEED_MPS = 0.0425
RADAR_DISTANCE_RESOLUTION_M = 0.04
RADAR_SPEED_RESOLUTION_MPS = 0.025

ACCELEROMETER_MPS2 = (0.543, 0.335, 0.484)
GYROSCOPE_RADPS = (0.0064, 0.0176, 0.0027)

GNSS_POSITION_M = 0.12
"""Mostly along the road: the time of the fix jitters against the log time."""
GNSS_SPEED_MPS = 0.057
GNSS_ALTITUDE_M = 0.015
GNSS_BEARING_DEG = 0.25

POSE_POSITION_M = 0.0005
POSE_VELOCITY_MPS = 0.0067

WHEELBASE_M = 2.65
STEERING_RATIO = 16.88
"""Of the RAV4 (openpilot's vehicle parameters)."""
