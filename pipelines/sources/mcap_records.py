"""Splits an MCAP stream into its records, strictly: a short read, a wrong checksum or a wild length is DamagedLog.

Layout and checksums: MCAP specification (mcap.dev/spec). The records themselves are read by the package mcap; only the
outer walk is here, because that package takes a short read for a record and parses every message index.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import BinaryIO, TypeVar

import zstandard
from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.opcode import Opcode
from mcap.records import Chunk, DataEnd
from mcap.writer import MCAP0_MAGIC

from pipelines.sources.compression import decompress

RECORD_LIMIT = 512 * 1024 * 1024
"""Longest record (and chunk, decompressed) that is read, bytes. Recorders write chunks of about 1 MiB."""

HEADER = struct.Struct("<BQ")
METADATA_OPCODE = int(Opcode.METADATA)
DAMAGED_CHUNK = "damaged chunk (CRC)"
DAMAGED_RECORD = "damaged record"

UNREADABLE = (McapError, zstandard.ZstdError, struct.error, ValueError, OverflowError, RuntimeError)
"""What the package mcap and its decompressors raise for damaged bytes: short reads, wild lengths, text that is none
(ValueError), what lz4 can't decompress (RuntimeError)."""

Parsed = TypeVar("Parsed")


class DamagedLog(Exception):  # noqa: N818 - it names a state of the log
    """A log nothing can be taken from. `reason` is what quarantine records: `truncated`, `empty file`, ..."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_records(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The records as (opcode, content) up to the footer. DamagedLog unless the file is whole."""
    magic = _read(stream, len(MCAP0_MAGIC), at_start=True)
    checksum = zlib.crc32(magic)
    opcode = 0
    while opcode != Opcode.FOOTER:
        header = _read(stream, HEADER.size)
        opcode, length = HEADER.unpack(header)
        if opcode == 0 or length > RECORD_LIMIT:
            raise DamagedLog(DAMAGED_RECORD)
        content = _read(stream, length)
        if opcode == Opcode.DATA_END and parse(DataEnd.read, content).data_section_crc not in (0, checksum):
            raise DamagedLog(DAMAGED_RECORD)
        checksum = zlib.crc32(content, zlib.crc32(header, checksum))
        yield opcode, content
    if _read(stream, len(MCAP0_MAGIC)) != MCAP0_MAGIC:
        raise DamagedLog("truncated")


def parse(read: Callable[[ReadDataStream], Parsed], content: bytes, reason: str = DAMAGED_RECORD) -> Parsed:
    """A record by the package mcap's own reader (`Schema.read`, ...); DamagedLog if that can't read the content."""
    try:
        return read(ReadDataStream(BytesIO(content)))
    except UNREADABLE as error:
        raise DamagedLog(reason) from error


def chunk_content(content: bytes) -> bytes:
    """The records of a chunk, decompressed and checked against the chunk's checksum."""
    chunk = parse(Chunk.read, content, DAMAGED_CHUNK)
    if chunk.uncompressed_size > RECORD_LIMIT:
        raise DamagedLog(DAMAGED_CHUNK)
    try:
        records = decompress(chunk.compression, chunk.data, chunk.uncompressed_size)
    except UNREADABLE as error:
        raise DamagedLog(DAMAGED_CHUNK) from error
    if chunk.uncompressed_crc not in (0, zlib.crc32(records)):
        raise DamagedLog(DAMAGED_CHUNK)
    return records


def _read(stream: BinaryIO, length: int, *, at_start: bool = False) -> bytes:
    parts = []
    left = length
    while left and (part := stream.read(left)):
        parts.append(part)
        left -= len(part)
    content = b"".join(parts)
    if at_start:
        if not content:
            raise DamagedLog("empty file")
        if not MCAP0_MAGIC.startswith(content):
            raise DamagedLog("not an MCAP file")
    if left:
        raise DamagedLog("truncated")
    return content
