"""The importer of comma2k19 segments: a made-up segment everywhere, the real minute where it is at hand."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from pipelines.contracts import load_contracts
from tests.paths import COMMA2K19, DATASETS
from tests.pipelines.read_log import LogMessage, read_messages
from tests.simulation import comma2k19

CONTRACT = load_contracts(DATASETS).contract("drive_logs")
REAL = COMMA2K19 / "b0c9d2329ad1606b_2018-08-02--08-34-47" / "40"


def messages_of(folder: Path) -> dict[str, list[LogMessage]]:
    stream = BytesIO()
    counts = comma2k19.convert(folder, stream, CONTRACT)
    messages: dict[str, list[LogMessage]] = {}
    for message in read_messages(BytesIO(stream.getvalue())):
        messages.setdefault(message.topic, []).append(message)
    assert {topic: len(found) for topic, found in messages.items()} == dict(counts)
    return messages


@pytest.fixture
def segment(tmp_path: Path) -> Path:
    """Two frames at the equator, heading east at 10 m/s, one message a signal; boot time 100 s is 2018-08-02."""
    folder = tmp_path / "0123456789abcdef_2018-08-02--00-00-00" / "3"
    days = (datetime(2018, 8, 2, tzinfo=UTC) - datetime(1980, 1, 6, tzinfo=UTC)).days
    week, day = divmod(days, 7)
    # East is ECEF's y here, down is -x, right (south) is -z: rows of the turn are forward, right, down.
    turn = np.array([[0.0, 1, 0], [0, 0, -1], [-1, 0, 0]])
    arrays = {
        "global_pose/frame_times": [100.0, 100.05],
        "global_pose/frame_gps_times": [[week, day * 86400 + 18.0], [week, day * 86400 + 18.05]],
        "global_pose/frame_positions": [[6378137.0, 0, 0], [6378137.0, 0.5, 0]],
        "global_pose/frame_velocities": [[0.0, 10, 0]] * 2,
        "global_pose/frame_orientations": [quaternion_of(turn.T)] * 2,
        "processed_log/CAN/speed/value": [[10.0]],
        "processed_log/CAN/steering_angle/value": [180.0],
        "processed_log/CAN/wheel_speed/value": [[1.0, 2, 3, 4]],
        "processed_log/CAN/radar/value": [[50.0, -1, 2, np.nan, np.nan, 530, 1]],
        "processed_log/IMU/accelerometer/value": [[0.1, 0.2, -9.8]],
        "processed_log/IMU/gyro/value": [[0.01, 0.02, 0.03]],
        "processed_log/GNSS/live_gnss_ublox/value": [[1.5, 2.5, 3.5, 1533168000123.0, 4.5, 90]],
    }
    for name, values in arrays.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        save(path, values)
        if path.name == "value":
            save(path.with_name("t"), [100.01])
    return folder


def save(path: Path, values: object) -> None:
    with path.open("wb") as file:
        np.save(file, np.array(values))


def quaternion_of(turn: np.ndarray) -> list[float]:
    """The quaternion (w first) of a turn whose trace is not -1."""
    w = np.sqrt(1 + np.trace(turn)) / 2
    return [w, *((turn[[2, 0, 1], [1, 2, 0]] - turn[[1, 2, 0], [2, 0, 1]]) / (4 * w))]


def test_units_frames_and_times(segment: Path) -> None:
    found = messages_of(segment)
    start = int(datetime(2018, 8, 2, tzinfo=UTC).timestamp()) * 10**9
    pose = found["/localization/pose"]
    assert [message.log_time_ns for message in pose] == [start, start + 50_000_000]
    first = pose[0].message
    assert first["latitude_deg"] == pytest.approx(0, abs=1e-9)
    assert first["longitude_deg"] == pytest.approx(0, abs=1e-9)
    assert first["altitude_m"] == pytest.approx(0, abs=1e-6)
    velocity = [first[f"velocity_{axis}_mps"] for axis in ("forward", "left", "up")]
    assert velocity == pytest.approx([10, 0, 0], abs=1e-9)
    assert found["/vehicle/speed"][0].log_time_ns == start + 10_000_000
    assert found["/vehicle/steering"][0].message == {"steering_angle_rad": pytest.approx(np.pi)}
    assert found["/vehicle/wheel_speed"][0].message["rear_left_mps"] == 3
    assert found["/radar/tracks"][0].message == {
        "forward_distance_m": 50.0,
        "left_distance_m": -1.0,
        "relative_speed_mps": 2.0,
        "track_id": 530,
        "new_track": True,
    }
    assert found["/gnss/fix"][0].message["utc_time"] == "2018-08-02T00:00:00.123000Z"
    assert "/vehicle/events" not in found


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("global_pose/frame_times", "frame_times: "),
        ("processed_log/CAN/speed/t", "speed/t: 2 times for 1 values"),
        ("processed_log/CAN/radar/value", "expected \\(n, 7\\)"),
    ],
)
def test_a_segment_that_does_not_fit_together_is_one_line(
    segment: Path, tmp_path: Path, damage: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if damage.endswith("frame_times"):
        (segment / damage).unlink()
    else:
        save(segment / damage, [1.0, 2.0] if damage.endswith("/t") else [[1.0, 2.0]])
    assert comma2k19.main([str(segment), str(tmp_path / "out.mcap")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    with pytest.raises(comma2k19.SegmentError, match=message):
        comma2k19.convert(segment, BytesIO(), CONTRACT)
    assert not list(tmp_path.glob("out.mcap*"))


def test_the_command_writes_the_log_and_says_what_it_leaves_out(
    segment: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert comma2k19.main([str(segment), str(tmp_path / "out.mcap")]) == 0
    printed = capsys.readouterr()
    assert "/radar/tracks" in printed.out
    assert "not taken over: raw CAN, raw GNSS, magnetometer" in printed.err
    with (tmp_path / "out.mcap").open("rb") as stream:
        assert len(list(read_messages(stream))) == 9


@pytest.mark.skipif(not REAL.is_dir(), reason="the real minute is not on this machine")
def test_the_real_minute() -> None:
    found = messages_of(REAL)
    assert {topic: len(messages) for topic, messages in found.items()} == {
        "/gnss/fix": 579,
        "/imu/accelerometer": 6256,
        "/imu/gyroscope": 6256,
        "/localization/pose": 1200,
        "/radar/tracks": 10100,
        "/vehicle/speed": 4974,
        "/vehicle/steering": 4974,
        "/vehicle/wheel_speed": 4974,
    }
    speed = found["/vehicle/speed"]
    times = np.array([message.log_time_ns for message in speed])
    assert datetime.fromtimestamp(times[0] / 1e9, UTC).isoformat()[:19] == "2018-08-02T16:14:48"
    # Poses and fixes are of the same places, to the receiver's few metres and its delay of about 0.2 s.
    pose = found["/localization/pose"]
    fixes = found["/gnss/fix"][10:-10]
    moments = [datetime.fromisoformat(fix.message["utc_time"]).timestamp() for fix in fixes]
    for axis in ("latitude_deg", "longitude_deg"):
        at = np.interp(moments, [p.log_time_ns / 1e9 for p in pose], [p.message[axis] for p in pose])
        assert np.abs(at - [fix.message[axis] for fix in fixes]).max() * 111_000 < 4
    # Forward velocity of the pose is the speed of the wheels; the other axes are small.
    at = np.interp([p.log_time_ns for p in pose], times, [message.message["speed_mps"] for message in speed])
    assert np.abs(at - [p.message["velocity_forward_mps"] for p in pose]).max() < 0.5
    assert max(abs(p.message["velocity_left_mps"]) for p in pose) < 0.5
