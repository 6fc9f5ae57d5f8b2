"""What a log says of its drive: the MCAP metadata record `drive`, wherever in the log it stands."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mcap.records import Metadata
from mcap.writer import MCAP0_MAGIC

from pipelines.sources.mcap_records import HEADER, METADATA_OPCODE, RECORD_LIMIT, DamagedLog, parse

METADATA_NAME = "drive"
METADATA_BYTES = 1024 * 1024
"""Longer metadata records are not looked into."""
ID_CHARACTERS = 1024
"""A longer id is none: each row of the log repeats the drive's."""


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
        if not all(0 < len(name) <= ID_CHARACTERS for name in (drive_id, vehicle_id)):
            return None
        return cls(drive_id, vehicle_id, record.get("software_version", ""))

    def __str__(self) -> str:
        software = f" with {self.software_version[:80]}" if self.software_version else ""
        return f"{self.drive_id[:80]} of {self.vehicle_id[:80]}{software}"


def the_drive(found: Iterable[DriveMetadata | None]) -> DriveMetadata:
    """The drive that all records of a log name. DamagedLog if there is none, or they differ."""
    drives = set(found)
    if drives <= {None}:
        raise DamagedLog("no drive metadata")
    (drive, *others) = sorted(str(drive or "one without drive or vehicle") for drive in drives)
    if others:
        raise DamagedLog(f"it names more than one drive: {drive}, and {others[0]}")
    return next(drive for drive in drives if drive is not None)


class DriveFinder:
    """Finds the drive of a log whose bytes go by, block by block: the records' contents are skipped.

    It looks only as far as records follow each other; that a log is whole is seen when it is read.
    """

    def __init__(self) -> None:
        self.found: tuple[DriveMetadata | None, ...] = ()
        self._skip: float = len(MCAP0_MAGIC)
        self._held = bytearray()
        self._wanted = HEADER.size

    def feed(self, block: bytes) -> None:
        """The next bytes of the log."""
        place, end = 0, len(block)
        while place < end:
            if self._skip:
                step = int(min(self._skip, end - place))
                self._skip -= step
            else:
                step = min(self._wanted - len(self._held), end - place)
                self._held += block[place : place + step]
                if len(self._held) == self._wanted:
                    self._next()
            place += step

    def _next(self) -> None:
        """A record's header is there, or a whole metadata record."""
        opcode, length = HEADER.unpack_from(self._held)
        if opcode == METADATA_OPCODE and length <= METADATA_BYTES:
            self._wanted = HEADER.size + length
            if len(self._held) < self._wanted:
                return
            self._look(bytes(self._held[HEADER.size :]))
        else:
            self._skip = math.inf if opcode == 0 or length > RECORD_LIMIT else length
        self._held.clear()
        self._wanted = HEADER.size

    def _look(self, content: bytes) -> None:
        try:
            record = parse(Metadata.read, content)
        except DamagedLog:
            return
        drive = DriveMetadata.from_record(record.metadata)
        # Two that differ are enough to refuse the log.
        if record.name == METADATA_NAME and drive not in self.found and len(self.found) < 2:
            self.found += (drive,)
