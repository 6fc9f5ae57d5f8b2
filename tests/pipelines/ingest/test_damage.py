"""Flipped bytes: whatever is damaged, a log is decoded or refused with a reason; nothing else stops a run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from io import BytesIO

import orjson
import pyarrow as pa
import pytest
from mcap.writer import MCAP0_MAGIC, CompressionType, Writer

from pipelines.contracts import Table
from pipelines.contracts.schemas import json_schema
from pipelines.ingest.decode import LogDecoder
from pipelines.sources.mcap_records import HEADER, DamagedLog
from tests.pipelines.ingest.logs import CONTRACTS, START_NS, Message, log_bytes, speeds

HEAD_BYTES = 24
"""So much of a record's content is damaged byte by byte: lengths, ids and times stand at its start."""

SAMPLES = 6
"""So many of a record's other bytes are damaged."""

MESSAGES: list[Message] = [*speeds(2), ("/vehicle/events", START_NS, {"kind": "warning", "detail": "x"})]


def unchecked_log(*, chunked: bool, compression: CompressionType = CompressionType.NONE) -> bytes:
    """A log of a recorder that writes no checksums, so that damage gets as far as it can."""
    stream = BytesIO()
    writer = Writer(stream, use_chunking=chunked, compression=compression, enable_crcs=False, enable_data_crcs=False)
    writer.start()
    writer.add_metadata("drive", {"drive_id": "d", "vehicle_id": "v"})
    channels: dict[str, int] = {}
    for topic, time, message in MESSAGES:
        if topic not in channels:
            schema = orjson.dumps(json_schema(CONTRACTS.topics[topic]))
            channels[topic] = writer.register_channel(
                topic, "json", writer.register_schema(topic, "jsonschema", schema)
            )
        writer.add_message(channels[topic], time, orjson.dumps(message), time)
    writer.finish()
    return stream.getvalue()


LOGS = {
    "ours": log_bytes(MESSAGES),
    "without chunks": unchecked_log(chunked=False),
    "chunks of zstd": unchecked_log(chunked=True, compression=CompressionType.ZSTD),
    "chunks of lz4": unchecked_log(chunked=True, compression=CompressionType.LZ4),
}


class NoRows:
    """A sink that checks rows and forgets them."""

    def write(self, table: Table, rows: pa.Table) -> None:
        rows.validate(full=True)


def refusal(log: bytes) -> str | None:
    """Why a log is refused; None if it is decoded."""
    try:
        LogDecoder(CONTRACTS, NoRows(), "run", "file", "ab" * 32).decode(BytesIO(log))
    except DamagedLog as error:
        return error.reason
    return None


def places(log: bytes, seed: random.Random) -> Iterator[int]:
    """Bytes of every kind: of the magic, of each record's opcode, length and begin, and some of the rest of each."""
    yield from range(len(MCAP0_MAGIC))
    start = len(MCAP0_MAGIC)
    while start < len(log) - len(MCAP0_MAGIC):
        _, length = HEADER.unpack_from(log, start)
        end = start + HEADER.size + length
        head = min(start + HEADER.size + HEAD_BYTES, end)
        yield from range(start, head)
        yield from seed.sample(range(head, end), min(SAMPLES, end - head))
        start = end


@pytest.mark.parametrize("name", LOGS)
def test_a_damaged_byte_is_decoded_or_refused(name: str) -> None:
    log, seed = LOGS[name], random.Random(11)
    assert refusal(log) is None
    reasons = set()
    for place in places(log, seed):
        for value in (log[place] ^ (1 << seed.randrange(8)), 0xFF):
            damaged = bytearray(log)
            damaged[place] = value
            try:
                reasons.add(refusal(bytes(damaged)))
            except Exception as error:
                raise AssertionError(f"byte {place} as {value:#x}: {type(error).__name__}: {error}") from error
    assert {"truncated", "damaged record"} <= reasons


def test_a_schema_whose_types_are_no_names_is_refused() -> None:
    stream = BytesIO()
    writer = Writer(stream)
    writer.start()
    writer.add_metadata("drive", {"drive_id": "d", "vehicle_id": "v"})
    schema = writer.register_schema("speed", "jsonschema", b'{"properties": {"speed_mps": {"type": [1, "string"]}}}')
    writer.register_channel("/vehicle/speed", "json", schema)
    writer.finish()
    reason = "wrong schema: topic /vehicle/speed: its schema is not a JSON schema of an object"
    assert refusal(stream.getvalue()) == reason


def test_a_short_end_of_data_is_refused() -> None:
    log = LOGS["ours"]
    place = log.index(HEADER.pack(15, 4))
    assert refusal(log[:place] + HEADER.pack(15, 0) + log[place + HEADER.size + 4 :]) == "damaged record"


def test_text_that_is_not_utf_8_is_a_refused_message_not_a_refused_log() -> None:
    """Without checksums nothing but the text itself shows the damage."""
    log = LOGS["without chunks"]
    place = log.index(b'"kind":"warning"') + len(b'"kind":"')
    decoder = LogDecoder(CONTRACTS, NoRows(), "run", "file", "ab" * 32)
    result = decoder.decode(BytesIO(log[:place] + b"\xff" + log[place + 1 :]))
    assert (result.written, result.quarantined) == (2, 1)
    assert list(result.reasons) == ["events: not a JSON object"]
