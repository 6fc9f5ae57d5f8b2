"""Reads drive logs: batches of undecoded messages for the ingest job."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from mcap.opcode import Opcode
from mcap.records import Channel, Metadata, Schema

from pipelines.contracts.model import Table
from pipelines.sources.json_schemas import contradiction
from pipelines.sources.mcap_records import (
    DAMAGED_CHUNK,
    HEADER,
    RECORD_LIMIT,
    DamagedLog,
    chunk_content,
    parse,
    read_records,
)

__all__ = ["DamagedLog", "DriveLogReader", "MessageBatch"]

MESSAGE = struct.Struct("<BQHIQQ")
"""A message record up to its data: opcode, length, channel, sequence, log time, publish time."""

LOOSE_BYTES = 1024 * 1024
"""Messages outside of chunks are gathered to batches of about this size."""
BATCH_BYTES = 8 * 1024 * 1024
"""A chunk's messages come in batches of about this size: as objects of Python they take several times as much."""
ANNOUNCED_BYTES = 64 * 1024 * 1024
"""Schemas and channels, which are kept, may take this much together."""
TOPIC_CHARACTERS = 1024
EXPANSION = 1000
"""Chunks may hold so many times as much as they take in the file. JSON signals compress 10 to 100 times."""


@dataclass
class MessageBatch:
    """Messages of one topic in the order of the file: log times (UTC ns) and JSON payloads."""

    topic: str
    log_times: list[int] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)


class DriveLogReader:
    """One pass over a log. `tables` (topic -> table) is what a topic's schema in the file must fit.

    Raises DamagedLog with one of the reasons `empty file`, `not an MCAP file`, `truncated`, `damaged chunk (CRC)`,
    `damaged record`, `wrong schema: topic /x: ...`, or one that says what it has two of, or which limit it passes.
    """

    def __init__(self, stream: BinaryIO, tables: Mapping[str, Table] | None = None) -> None:
        self._stream = stream
        self._tables = tables or {}
        self._schemas: dict[int, Schema] = {}
        self._topics: dict[int, str] = {}
        self._announced: set[tuple[int, bytes]] = set()
        self._announced_bytes = 0

    def batches(self) -> Iterator[MessageBatch]:
        """The messages, one batch or several per chunk and topic."""
        loose = bytearray()
        packed = unpacked = 0
        for opcode, content in read_records(self._stream):
            if opcode == Opcode.MESSAGE:
                loose += HEADER.pack(opcode, len(content)) + content
                if len(loose) < LOOSE_BYTES:
                    continue
            if loose:
                yield from self._split(bytes(loose))
                loose.clear()
            if opcode == Opcode.CHUNK:
                records = chunk_content(content)
                packed, unpacked = packed + len(content), unpacked + len(records)
                if unpacked > RECORD_LIMIT + EXPANSION * packed:
                    raise DamagedLog(f"its chunks hold more than {EXPANSION} times as much as they take in the file")
                yield from self._split(records)
            elif opcode == Opcode.METADATA:
                parse(Metadata.read, content)
            else:
                self._note(opcode, content)

    def _split(self, data: bytes) -> Iterator[MessageBatch]:
        """Messages by topic from a chunk's content: the hot loop of ingest."""
        position, end = 0, len(data)
        while position < end:
            batches: dict[int, MessageBatch] = {}
            position = self._take(data, position, min(end, position + BATCH_BYTES), batches)
            yield from batches.values()
        if position != end:
            raise DamagedLog(DAMAGED_CHUNK)

    def _take(self, data: bytes, position: int, end: int, batches: dict[int, MessageBatch]) -> int:
        """Take the messages that begin in a part of the data, by channel; returns where the next record begins."""
        message_opcode, unpack = int(Opcode.MESSAGE), MESSAGE.unpack_from
        try:
            while position < end:
                if data[position] != message_opcode:
                    opcode, length = HEADER.unpack_from(data, position)
                    start = position + HEADER.size
                    self._note(opcode, data[start : start + length])
                    position = start + length
                    continue
                _, length, channel, _, log_time, _ = unpack(data, position)
                start = position + MESSAGE.size
                position += HEADER.size + length
                batch = batches.get(channel)
                if batch is None:
                    batch = batches[channel] = MessageBatch(self._topics[channel])
                batch.log_times.append(log_time)
                batch.payloads.append(data[start:position])
        except (KeyError, struct.error) as error:
            raise DamagedLog(DAMAGED_CHUNK) from error
        return position

    def _note(self, opcode: int, content: bytes) -> None:
        # Every chunk says again what its messages need.
        if opcode not in (Opcode.SCHEMA, Opcode.CHANNEL) or (opcode, content) in self._announced:
            return
        self._announced.add((opcode, content))
        self._announced_bytes += len(content)
        if self._announced_bytes > ANNOUNCED_BYTES:
            raise DamagedLog(f"its schemas and channels take more than {ANNOUNCED_BYTES >> 20} MiB")
        if opcode == Opcode.SCHEMA:
            schema = parse(Schema.read, content)
            self._schemas[schema.id] = schema
            return
        channel = parse(Channel.read, content)
        if len(channel.topic) > TOPIC_CHARACTERS:
            raise DamagedLog(f"a topic's name has more than {TOPIC_CHARACTERS} characters")
        topic = self._topics.setdefault(channel.id, channel.topic)
        if topic != channel.topic:
            raise DamagedLog(f"its channel {channel.id} is of two topics: {topic[:80]} and {channel.topic[:80]}")
        if (table := self._tables.get(channel.topic)) and (problem := self._problem(channel, table)):
            raise DamagedLog(f"wrong schema: topic {channel.topic}: {problem}")

    def _problem(self, channel: Channel, table: Table) -> str | None:
        """What keeps a channel's messages from becoming rows of the table; None if nothing does."""
        if channel.message_encoding != "json":
            return f"its messages are {channel.message_encoding!r}, not json"
        if not channel.schema_id:
            return None
        schema = self._schemas.get(channel.schema_id)
        if schema is None:
            return "its schema is missing"
        if schema.encoding != "jsonschema":
            return f"its schema is {schema.encoding!r}, not jsonschema"
        return contradiction(schema.data, table)
