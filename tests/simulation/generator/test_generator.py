"""The generated fleet: the same for the same seed, true to its contract, its ground truth far from every threshold."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from mcap.reader import make_reader

from pipelines.contracts import Contracts, load_contracts
from pipelines.mining.definitions import KINDS
from pipelines.mining.parameters import PARAMETERS
from tests.paths import DATASETS, REPOSITORY
from tests.simulation.generator import GeneratedDrive, Scenario, generate_fleet, noise
from tests.simulation.generator.__main__ import main
from tests.simulation.generator.truth import scenarios_of

SLACK = {
    "hard_brake_acceleration_mps2": 0.12,
    "stop_speed_mps": 0.5,
    "stop_min_duration_us": 0.2,
    "following_headway_s": 0.06,
    "following_min_duration_us": 0.15,
    "in_lane_half_width_m": 0.1,
    "cut_in_max_distance_m": 0.1,
    "lane_change_displacement_m": 0.15,
    "lane_change_min_swing": 0.4,
    "hard_brake_merge_us": 0.1,
    "max_gap_us": 0.15,
}
"""By how much of itself each threshold can move without a scenario coming or going."""


@pytest.fixture(scope="module")
def contracts() -> Contracts:
    return load_contracts(DATASETS)


@pytest.fixture(scope="module")
def fleet() -> list[GeneratedDrive]:
    return list(generate_fleet(7, 12, 60.0))


def test_same_seed_same_fleet_and_the_first_drives_do_not_depend_on_the_count():
    short, long = list(generate_fleet(3, 2, 30.0)), list(generate_fleet(3, 4, 30.0))
    for one, other in zip(short, long, strict=False):
        assert one.drive_id == other.drive_id
        assert one.ground_truth == other.ground_truth
        for topic in one.recordings:
            assert list(one.messages(topic)) == list(other.messages(topic))
    assert next(generate_fleet(4, 1, 30.0)).drive_id != short[0].drive_id


def test_a_fleet_has_every_kind_several_times(fleet: list[GeneratedDrive]):
    counts = Counter(scenario.kind for drive in fleet for scenario in drive.ground_truth)
    assert set(counts) == set(KINDS)
    assert min(counts.values()) >= 3, counts
    assert len({drive.drive_id for drive in fleet}) == len(fleet)


def test_messages_have_the_fields_and_ranges_of_the_contract(fleet: list[GeneratedDrive], contracts: Contracts):
    assert set(fleet[0].recordings) == set(contracts.topics)
    for topic, table in contracts.topics.items():
        columns = {column.source: column for column in table.message_columns}
        time_ns, message = next(fleet[0].messages(topic))
        assert set(message) == set(columns), topic
        assert isinstance(time_ns, int)
        for name, column in columns.items():
            values = fleet[0].recordings[topic].fields[name]
            if column.minimum is not None and values.dtype.kind == "f":
                assert values.min() >= column.minimum, name
                assert values.max() <= column.maximum, name


def test_times_ascend_within_the_drive(fleet: list[GeneratedDrive]):
    for drive in fleet:
        for topic, recording in drive.recordings.items():
            steps = np.diff(recording.time_ns)
            assert (steps >= 0).all() if topic == "/radar/tracks" else (steps > 0).all(), topic
            assert drive.start_ns <= recording.time_ns[0]
            assert recording.time_ns[-1] <= drive.end_ns


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


def test_drop_outs_leave_holes(fleet: list[GeneratedDrive]):
    gaps = [(drive, gap) for drive in fleet for gap in drive.plan.drop_outs]
    assert len(gaps) >= 6
    for drive, gap in gaps:
        time_s = (drive.recordings[gap.topic].time_ns - drive.start_ns) / 1e9
        assert 0.3 <= gap.end_s - gap.start_s <= 2.0
        assert not ((time_s > gap.start_s + 1e-6) & (time_s < gap.end_s - 1e-6)).any()


def test_pose_points_along_the_motion(fleet: list[GeneratedDrive]):
    """The quaternion's forward axis is the direction in which the Earth-centred position moves."""
    fields = fleet[1].recordings["/localization/pose"].fields
    w, x, y, z = (fields[name] for name in ("qw", "qx", "qy", "qz"))
    forward = np.stack([1 - 2 * (y * y + z * z), 2 * (x * y + z * w), 2 * (x * z - y * w)], axis=1)
    latitude, longitude = np.radians(fields["latitude_deg"]), np.radians(fields["longitude_deg"])
    cosine = np.cos(latitude)
    place = 6.37e6 * np.stack([cosine * np.cos(longitude), cosine * np.sin(longitude), np.sin(latitude)], axis=1)
    motion = place[20:] - place[:-20]
    fast = np.linalg.norm(motion, axis=1) > 5
    direction = motion[fast] / np.linalg.norm(motion[fast], axis=1)[:, None]
    assert (np.sum(direction * forward[10:-10][fast], axis=1) > 0.99).all()


@pytest.mark.parametrize("name", SLACK)
@pytest.mark.parametrize("sign", [-1, 1])
def test_no_scenario_lies_near_a_threshold(fleet: list[GeneratedDrive], name: str, sign: int):
    moved = {**PARAMETERS, name: PARAMETERS[name] * (1 + sign * SLACK[name])}
    for drive in fleet:
        found = [scenario.kind for scenario in scenarios_of(drive.plan, drive.start_ns, moved)]
        assert Counter(found) == Counter(scenario.kind for scenario in drive.ground_truth), drive.drive_id


@pytest.mark.parametrize(("duration_s", "rate"), [(10.0, 1.0), (60.0, 0.1), (60.0, 3.0)])
def test_refuses_what_it_cannot_plan(duration_s: float, rate: float):
    with pytest.raises(ValueError, match="duration_s >= 20"):
        generate_fleet(1, 1, duration_s, rate)


def test_command_writes_logs_and_ground_truth(tmp_path: Path, contracts: Contracts):
    command = ["-m", "tests.simulation.generator", "--seed", "7", "--drives", "2", "--duration_s", "30"]
    done = subprocess.run(
        [sys.executable, *command, "--rate", "0.25", "--out", str(tmp_path)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    drives = list(generate_fleet(7, 2, 30.0, 0.25))
    written = json.loads((tmp_path / "ground_truth.json").read_text())
    truth = {drive_id: [Scenario(**scenario) for scenario in scenarios] for drive_id, scenarios in written.items()}
    assert truth == {drive.drive_id: drive.ground_truth for drive in drives}
    for drive in drives:
        with (tmp_path / f"{drive.drive_id}.mcap").open("rb") as stream:
            messages = list(make_reader(stream).iter_messages(log_time_order=False))
        times = [message.log_time for _, _, message in messages]
        assert times == sorted(times)
        for topic in drive.recordings:
            logged = [
                (message.log_time, json.loads(message.data))
                for _, channel, message in messages
                if channel.topic == topic
            ]
            assert logged == list(drive.messages(topic)), topic
        assert len(messages) == drive.message_count


def test_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    contracts = ["--contracts", str(DATASETS)]
    assert main(["--seed", "1", "--duration_s", "5", "--out", str(tmp_path), *contracts]) == 1
    assert "duration_s >= 20" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["--seed", "1", "--out", str(tmp_path), "--bogus"])
    assert capsys.readouterr().err == "generator: unrecognized arguments: --bogus\n"
