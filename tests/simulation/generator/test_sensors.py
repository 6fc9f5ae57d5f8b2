"""What sensors record of a plan: true to the contract, to the plan and to its drop-outs."""

from __future__ import annotations

import numpy as np

from pipelines.contracts import Contracts
from tests.simulation.generator import GeneratedDrive


def test_messages_have_the_fields_and_ranges_of_the_contract(fleet: list[GeneratedDrive], contracts: Contracts):
    assert set(fleet[0].recordings) == set(contracts.topics)
    for topic, table in contracts.topics.items():
        columns = {column.source or column.name: column for column in table.message_columns}
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
