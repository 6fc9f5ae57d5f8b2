"""What a log says of its drive, from its metadata record."""

from __future__ import annotations

import pytest

from pipelines.sources.metadata import DriveMetadata


def test_a_whole_record_is_read() -> None:
    record = {"drive_id": "drive-1", "vehicle_id": "vehicle-7", "software_version": "2026.9"}
    assert DriveMetadata.from_record(record) == DriveMetadata("drive-1", "vehicle-7", "2026.9")


@pytest.mark.parametrize("record", [{}, {"drive_id": "d"}, {"vehicle_id": "v"}, {"drive_id": "", "vehicle_id": "v"}])
def test_a_record_without_drive_or_vehicle_is_none(record: dict[str, str]) -> None:
    assert DriveMetadata.from_record(record) is None


def test_software_may_be_unknown_and_other_keys_be_there() -> None:
    assert DriveMetadata.from_record({"drive_id": "d", "vehicle_id": "v", "route": "7"}) == DriveMetadata("d", "v")
