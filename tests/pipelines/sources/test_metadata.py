"""What a log says of its drive, from its metadata record."""

from __future__ import annotations

from dataclasses import asdict
from io import BytesIO

import pytest
from mcap.writer import Writer

from pipelines.sources.mcap_records import DamagedLog
from pipelines.sources.metadata import DriveFinder, DriveMetadata, the_drive


def test_a_whole_record_is_read() -> None:
    record = {"drive_id": "drive-1", "vehicle_id": "vehicle-7", "software_version": "2026.9"}
    assert DriveMetadata.from_record(record) == DriveMetadata("drive-1", "vehicle-7", "2026.9")


@pytest.mark.parametrize("record", [{}, {"drive_id": "d"}, {"vehicle_id": "v"}, {"drive_id": "", "vehicle_id": "v"}])
def test_a_record_without_drive_or_vehicle_is_none(record: dict[str, str]) -> None:
    assert DriveMetadata.from_record(record) is None


def test_software_may_be_unknown_and_other_keys_be_there() -> None:
    assert DriveMetadata.from_record({"drive_id": "d", "vehicle_id": "v", "route": "7"}) == DriveMetadata("d", "v")


def test_an_id_that_every_row_would_repeat_for_megabytes_is_none() -> None:
    assert DriveMetadata.from_record({"drive_id": "d" * 1025, "vehicle_id": "v"}) is None


A, B = DriveMetadata("a", "v"), DriveMetadata("b", "v", "2026.9")


def log(*records: DriveMetadata | dict[str, str] | int) -> bytes:
    """A log of drive records and, for a number, so many messages."""
    stream = BytesIO()
    writer = Writer(stream, chunk_size=100)
    writer.start()
    channel = writer.register_channel("/vehicle/speed", "json", 0)
    for record in records:
        if isinstance(record, int):
            for place in range(record):
                writer.add_message(channel, place, b'{"speed_mps": 1}', place)
        else:
            writer.add_metadata("drive", record if isinstance(record, dict) else asdict(record))
    writer.finish()
    return stream.getvalue()


def found(content: bytes, block: int = 1 << 20) -> tuple[DriveMetadata | None, ...]:
    finder = DriveFinder()
    for place in range(0, len(content), block):
        finder.feed(content[place : place + block])
    return finder.found


@pytest.mark.parametrize("block", [1, 7, 8, 9, 1 << 20])
def test_a_drive_is_found_wherever_it_stands_and_however_the_bytes_come(block: int) -> None:
    for content in (log(A, 50), log(50, A), log(20, A, 30, A)):
        assert found(content, block) == (A,)


@pytest.mark.parametrize("content", [b"", b"not a log at all", log(5), log(A)[:40], b"\x89MCAP0\r\n" + bytes(100)])
def test_what_names_no_drive(content: bytes) -> None:
    assert found(content) == ()
    with pytest.raises(DamagedLog, match=r"^no drive metadata$"):
        the_drive(found(content))


def test_all_records_have_to_name_one_drive() -> None:
    assert the_drive(found(log(A, A))) == A
    for records, reason in (
        ((A, 5, B), "it names more than one drive: a of v, and b of v with 2026.9"),
        ((A, B, DriveMetadata("c", "v")), "it names more than one drive: a of v, and b of v with 2026.9"),
        ((A, {"drive_id": "a"}), "it names more than one drive: a of v, and one without drive or vehicle"),
    ):
        with pytest.raises(DamagedLog, match=f"^{reason}$"):
            the_drive(found(log(*records)))
    with pytest.raises(DamagedLog, match=r"^no drive metadata$"):
        the_drive(found(log({"vehicle_id": "v"})))
