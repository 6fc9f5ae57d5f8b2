"""Reads drive logs: batches of undecoded messages for the ingest job."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import orjson
from mcap.opcode import Opcode
from mcap.records import Channel, Metadata, Schema

from pipelines.contracts.model import Table
from pipelines.contracts.schemas import json_schema
from pipelines.sources.mcap_records import (
    DAMAGED_CHUNK,
    DAMAGED_RECORD,
    HEADER,
    DamagedLog,
    chunk_content,
    parse,
    read_records,
)
from pipelines.sources.metadata import METADATA_NAME, DriveMetadata

__all__ = ["DamagedLog", "DriveLogReader", "MessageBatch"]

MESSAGE = struct.Struct("<BQHIQQ")
"""A message record up to its data: opcode, length, channel, sequence, log time, publish time."""

LOOSE_BYTES = 1024 * 1024
"""Messages outside of chunks are gathered to batches of about this size."""


@dataclass
class MessageBatch:
    """Messages of one topic in the order of the file: log times (UTC ns) and JSON payloads."""

    topic: str
    log_times: list[int] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)


class DriveLogReader:
    """One pass over a log. `tables` (topic -> table) is what a topic's schema in the file must fit.

    Raises DamagedLog with one of the reasons `empty file`, `not an MCAP file`, `truncated`, `damaged chunk (CRC)`,
    `damaged record`, `wrong schema: topic /x: ...`, `no drive metadata` (it has to stand before the messages).
    """

    def __init__(self, stream: BinaryIO, tables: Mapping[str, Table] | None = None) -> None:
        self.metadata: DriveMetadata | None = None
        self._stream = stream
        self._tables = tables or {}
        self._schemas: dict[int, Schema] = {}
        self._topics: dict[int, str] = {}

    def batches(self) -> Iterator[MessageBatch]:
        """The messages, one batch per chunk and topic."""
        loose = bytearray()
        for opcode, content in read_records(self._stream):
            if opcode == Opcode.MESSAGE:
                loose += HEADER.pack(opcode, len(content)) + content
                if len(loose) < LOOSE_BYTES:
                    continue
            if loose:
                yield from self._split(bytes(loose))
                loose.clear()
            if opcode == Opcode.CHUNK:
                yield from self._split(chunk_content(content))
            elif opcode in (Opcode.SCHEMA, Opcode.CHANNEL, Opcode.METADATA):
                self._note(opcode, content)
        if self.metadata is None:
            raise DamagedLog("no drive metadata")

    def _split(self, data: bytes) -> Iterator[MessageBatch]:
        """Messages by topic from a chunk's content: the hot loop of ingest."""
        batches: dict[int, MessageBatch] = {}
        position, end, message_opcode, unpack = 0, len(data), int(Opcode.MESSAGE), MESSAGE.unpack_from
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
        if position != end:
            raise DamagedLog(DAMAGED_CHUNK)
        if batches and self.metadata is None:
            raise DamagedLog("no drive metadata")
        yield from batches.values()

    def _note(self, opcode: int, content: bytes) -> None:
        if opcode == Opcode.SCHEMA:
            schema = parse(Schema.read, content)
            self._schemas[schema.id] = schema
        elif opcode == Opcode.CHANNEL:
            channel = parse(Channel.read, content)
            if self._topics.setdefault(channel.id, channel.topic) != channel.topic:
                raise DamagedLog(DAMAGED_RECORD)
            self._check_channel(channel)
        elif opcode == Opcode.METADATA:
            record = parse(Metadata.read, content)
            if record.name == METADATA_NAME:
                self.metadata = DriveMetadata.from_record(record.metadata)

    def _check_channel(self, channel: Channel) -> None:
        table = self._tables.get(channel.topic)
        if table is None:
            return
        problem = None
        if channel.message_encoding != "json":
            problem = f"its messages are {channel.message_encoding!r}, not json"
        elif channel.schema_id:
            problem = schema_problem(self._schemas.get(channel.schema_id), table)
        if problem is not None:
            raise DamagedLog(f"wrong schema: topic {channel.topic}: {problem}")


def schema_problem(schema: Schema | None, table: Table) -> str | None:
    """What in a file's schema keeps its messages from becoming rows of the table; None if nothing does."""
    if schema is None or schema.encoding != "jsonschema":
        return "its schema is missing" if schema is None else f"its schema is {schema.encoding!r}, not jsonschema"
    try:
        properties = orjson.loads(schema.data)["properties"]
        declared = {name: types_of(value) for name, value in properties.items()}
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return "its schema is not a JSON schema of an object"
    expected = json_schema(table)
    for name, value in expected["properties"].items():
        types = declared.get(name)
        wanted = types_of(value) - {"null"}
        if types is None and name in expected["required"]:
            return f"{name} is missing"
        if types and not types & (wanted | {"integer"} if "number" in wanted else wanted):
            return f"{name} is {' or '.join(sorted(types))}, not {' or '.join(sorted(wanted))}"
    return None


def types_of(value: dict[str, Any]) -> set[str]:
    """The types a JSON schema's property declares; empty if it declares none. TypeError if they are not names."""
    declared = value.get("type", [])
    types = {declared} if isinstance(declared, str) else set(declared)
    if not all(isinstance(name, str) for name in types):
        raise TypeError(f"{declared} is no type of a JSON schema")
    return types
