"""The strict walk over a log's records: every kind of damage is named."""

from __future__ import annotations

import struct
from io import BytesIO

import pytest
from mcap.opcode import Opcode

from pipelines.sources.mcap_records import HEADER, DamagedLog, chunk_content, read_records
from tests.pipelines.ingest.logs import POSE, START_NS, log_bytes, speeds

WHOLE = log_bytes([*speeds(3000), ("/localization/pose", START_NS, POSE)])


def reason(content: bytes) -> str:
    """Why a log is refused."""

    def walk() -> None:
        for opcode, record in read_records(BytesIO(content)):
            if opcode == Opcode.CHUNK:
                chunk_content(record)

    with pytest.raises(DamagedLog) as refusal:
        walk()
    return refusal.value.reason


def test_records_come_with_their_opcodes_to_the_footer() -> None:
    opcodes = [opcode for opcode, _ in read_records(BytesIO(WHOLE))]
    assert (opcodes[0], opcodes[-1]) == (Opcode.HEADER, Opcode.FOOTER)
    assert {Opcode.METADATA, Opcode.CHUNK, Opcode.DATA_END} <= set(opcodes)
    size = sum(HEADER.size + len(content) for _, content in read_records(BytesIO(WHOLE)))
    assert size == len(WHOLE) - 2 * len(b"\x89MCAP0\r\n")


def test_an_empty_file() -> None:
    assert reason(b"") == "empty file"


@pytest.mark.parametrize("content", [b"PK\x03\x04 a zip", b"\x89PNG\r\n\x1a\n" + b"\0" * 100, b"x"])
def test_another_format(content: bytes) -> None:
    assert reason(content) == "not an MCAP file"


@pytest.mark.parametrize("kept", [3, 8, 40, 400, len(WHOLE) // 2, len(WHOLE) - 8, len(WHOLE) - 1])
def test_a_cut_off_file(kept: int) -> None:
    assert reason(WHOLE[:kept]) == "truncated"


@pytest.mark.parametrize("more", [b"\x00", WHOLE])
def test_a_file_that_goes_on_after_its_end(more: bytes) -> None:
    """Its second log would be lost without a word."""
    assert reason(WHOLE + more) == "it goes on after its end, as logs that were joined do"


def test_a_damaged_chunk() -> None:
    place = WHOLE.index(b"zstd") + 400
    damaged = bytearray(WHOLE)
    damaged[place] ^= 0xFF
    assert reason(bytes(damaged)) == "damaged chunk (CRC)"


def test_a_record_longer_than_any_is_not_allocated() -> None:
    header = struct.pack("<BQ", Opcode.CHUNK, 1 << 60)
    assert reason(WHOLE[:8] + header + WHOLE[8:]) == "damaged record"


def test_a_short_end_of_data_is_refused() -> None:
    place = WHOLE.index(HEADER.pack(Opcode.DATA_END, 4))
    cut = WHOLE[:place] + HEADER.pack(Opcode.DATA_END, 0) + WHOLE[place + HEADER.size + 4 :]
    assert reason(cut) == "damaged record"


def test_a_stream_that_gives_less_than_asked_for_is_read_on() -> None:
    """As one of an object that comes in parts does."""

    class Drops(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size, 100) if size and size > 0 else 100)

    assert list(read_records(Drops(WHOLE))) == list(read_records(BytesIO(WHOLE)))
