"""Rates and noise of the generated sensors are those that were measured."""

from __future__ import annotations

import numpy as np
import pytest

from tests.simulation.generator import GeneratedDrive, generate_fleet, noise


@pytest.mark.parametrize("topic", ["/vehicle/speed", "/imu/gyroscope", "/gnss/fix", "/localization/pose"])
def test_rates_are_those_of_the_real_minute(topic: str):
    drive = next(
        drive for drive in generate_fleet(1, 9, 60.0) if not any(g.topic == topic for g in drive.plan.drop_outs)
    )
    rate = len(drive.recordings[topic].time_ns) / 60.0
    assert rate == pytest.approx(noise.RATES_HZ[topic], rel=0.02)


def test_noise_is_that_of_the_real_minute(fleet: list[GeneratedDrive]):
    drive = fleet[0]
    speed = drive.recordings["/vehicle/speed"]
    time_s = (speed.time_ns - drive.start_ns) / 1e9
    true = np.interp(time_s, drive.plan.time_s, drive.plan.speed_mps)
    assert np.std((speed.fields["speed_mps"] - true)[true > 2]) == pytest.approx(noise.SPEED_MPS, rel=0.1)


def test_every_sensor_has_a_rate_and_a_jitter_that_keeps_its_samples_in_order():
    assert noise.RATES_HZ.keys() == noise.JITTER.keys()
    assert max(noise.JITTER.values()) < 0.5
