"""Writes drive logs: MCAP, profile `roadbed`, JSON messages, zstd chunks, checksums on chunks and on the whole."""

from __future__ import annotations

from dataclasses import asdict
from types import TracebackType
from typing import BinaryIO, Self

import orjson
from mcap.writer import CompressionType, Writer

from pipelines.contracts.model import Contract, Contracts, Table
from pipelines.contracts.schemas import json_schema
from pipelines.sources.metadata import METADATA_NAME, DriveMetadata

CHUNK_BYTES = 1024 * 1024
PROFILE = "roadbed"


class DriveLogWriter:
    """One log, written to a binary stream (which stays open). The same calls give the same bytes.

    with path.open("wb") as stream, DriveLogWriter(stream, contract, metadata) as log:
        log.write("/vehicle/speed", 1533226488397000000, {"speed_mps": 8.0})

    `contract` gives the topics and their schemas.
    """

    def __init__(self, stream: BinaryIO, contract: Contract | Contracts, metadata: DriveMetadata) -> None:
        self._tables: dict[str, Table] = contract.topics
        self._channels: dict[str, int] = {}
        self._sequences: dict[str, int] = {}
        self._writer = Writer(
            stream, chunk_size=CHUNK_BYTES, compression=CompressionType.ZSTD, enable_crcs=True, enable_data_crcs=True
        )
        self._writer.start(profile=PROFILE)
        self._writer.add_metadata(METADATA_NAME, asdict(metadata))

    def write(self, topic: str, log_time_ns: int, message: dict[str, object]) -> None:
        """Append one message: log_time_ns is UTC nanoseconds; times inside may be datetimes (UTC) or ISO 8601 text.

        KeyError for a topic that is not in the contract. Values are not checked: a recorder records what it sees.
        """
        payload = orjson.dumps(message, option=orjson.OPT_UTC_Z | orjson.OPT_SERIALIZE_NUMPY)
        self.write_payload(topic, log_time_ns, payload)

    def write_payload(self, topic: str, log_time_ns: int, payload: bytes) -> None:
        """Append one message that is JSON already."""
        channel = self._channels.get(topic) or self._register(topic)
        sequence = self._sequences[topic]
        self._sequences[topic] = sequence + 1
        self._writer.add_message(channel, log_time_ns, payload, publish_time=log_time_ns, sequence=sequence)

    def close(self) -> None:
        """Write the summary and the end mark; without them the log counts as truncated."""
        self._writer.finish()

    def _register(self, topic: str) -> int:
        table = self._tables.get(topic)
        if table is None:
            raise KeyError(f"topic {topic!r} is not in the contract; it has {', '.join(sorted(self._tables))}")
        schema = self._writer.register_schema(table.full_name, "jsonschema", orjson.dumps(json_schema(table)))
        self._channels[topic] = self._writer.register_channel(topic, "json", schema)
        self._sequences[topic] = 0
        return self._channels[topic]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
