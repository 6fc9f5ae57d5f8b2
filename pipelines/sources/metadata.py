"""What a log says of its drive: the MCAP metadata record `drive`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

METADATA_NAME = "drive"


@dataclass(frozen=True)
class DriveMetadata:
    """Which drive a log belongs to, which vehicle recorded it and what software that ran."""

    drive_id: str
    vehicle_id: str
    software_version: str = ""

    @classmethod
    def from_record(cls, record: Mapping[str, str]) -> DriveMetadata | None:
        """The metadata of a record's content; None if it names no drive or no vehicle."""
        drive_id, vehicle_id = record.get("drive_id", ""), record.get("vehicle_id", "")
        if not drive_id or not vehicle_id:
            return None
        return cls(drive_id, vehicle_id, record.get("software_version", ""))
