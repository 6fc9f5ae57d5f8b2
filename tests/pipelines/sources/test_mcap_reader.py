"""Reading logs: what was written comes back, and what a log announces wrongly is named."""

from __future__ import annotations

import struct
from io import BytesIO

import orjson
import pytest
from mcap.opcode import Opcode
from mcap.writer import CompressionType, Writer

from pipelines.contracts.schemas import json_schema
from pipelines.sources import mcap_reader
from pipelines.sources.mcap_reader import DamagedLog, DriveLogReader
from tests.pipelines.datasets import CONTRACTS
from tests.pipelines.ingest.logs import POSE, START_NS, log_bytes, speeds
from tests.pipelines.read_log import read_messages

WHOLE = log_bytes([*speeds(3000), ("/localization/pose", START_NS, POSE)])


def reason(content: bytes) -> str:
    """Why a log is refused."""
    with pytest.raises(DamagedLog) as refusal:
        list(DriveLogReader(BytesIO(content), CONTRACTS.topics).batches())
    return refusal.value.reason


def test_messages_come_back() -> None:
    read = list(read_messages(BytesIO(WHOLE)))
    assert [(m.topic, m.log_time_ns, m.message) for m in read[:3000]] == speeds(3000)
    assert (read[3000].topic, read[3000].message) == ("/localization/pose", POSE)


def test_a_byte_changed_anywhere_is_noticed_or_harmless() -> None:
    """Up to the end of the data. The summary after it is not read."""
    whole = [(batch.topic, batch.log_times, batch.payloads) for batch in DriveLogReader(BytesIO(WHOLE)).batches()]
    seen = set()
    for place in range(0, whole_data_end(), 97):
        damaged = bytearray(WHOLE)
        damaged[place] ^= 0x10
        try:
            read = list(DriveLogReader(BytesIO(damaged), CONTRACTS.topics).batches())
        except DamagedLog as error:
            seen.add(error.reason.split(":")[0])
        else:
            assert [(batch.topic, batch.log_times, batch.payloads) for batch in read] == whole
    assert "damaged chunk (CRC)" in seen


def whole_data_end() -> int:
    """Where the DataEnd record (opcode 15, 4 bytes long) begins."""
    return WHOLE.index(struct.pack("<BQ", Opcode.DATA_END, 4))


def custom_log(schema: object, encoding: str = "jsonschema", messages: str = "json") -> bytes:
    """A log with one speed message whose channel is announced in another way."""
    stream = BytesIO()
    writer = Writer(stream, compression=CompressionType.LZ4)
    writer.start()
    schema_id = writer.register_schema("speed", encoding, orjson.dumps(schema)) if schema is not None else 0
    channel = writer.register_channel("/vehicle/speed", messages, schema_id)
    writer.add_message(channel, START_NS, b'{"speed_mps": 1}', START_NS)
    writer.finish()
    return stream.getvalue()


SPEED_SCHEMA = json_schema(CONTRACTS.table("drive_logs.speed"))


def test_a_log_of_another_recorder_is_read() -> None:
    for schema in (SPEED_SCHEMA, {"type": "object", "properties": {"speed_mps": {"type": "integer"}}}, None):
        (batch,) = DriveLogReader(BytesIO(custom_log(schema)), CONTRACTS.topics).batches()
        assert (batch.topic, batch.log_times, batch.payloads) == ("/vehicle/speed", [START_NS], [b'{"speed_mps": 1}'])


def test_a_log_without_chunks_is_read() -> None:
    stream = BytesIO()
    writer = Writer(stream, use_chunking=False)
    writer.start()
    writer.add_metadata("drive", {"drive_id": "d", "vehicle_id": "v"})
    channel = writer.register_channel("/vehicle/speed", "json", 0)
    for place in range(3):
        writer.add_message(channel, place, b"{}", place)
    writer.finish()
    (batch,) = DriveLogReader(BytesIO(stream.getvalue()), CONTRACTS.topics).batches()
    assert batch.log_times == [0, 1, 2]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (custom_log({"additionalProperties": False}), "speed_mps is missing"),
        (custom_log({"properties": {"speed_mps": {"type": "string"}}}), "speed_mps is string, not number"),
        (
            custom_log({"properties": {"speed_mps": {"type": ["boolean", "null"]}}}),
            "speed_mps is boolean or null, not number",
        ),
        (custom_log([1]), "its schema is not a JSON schema of an object"),
        (
            custom_log({"properties": {"speed_mps": {"type": [1, "string"]}}}),
            "its schema is not a JSON schema of an object",
        ),
        (custom_log({}, encoding="protobuf"), "its schema is 'protobuf', not jsonschema"),
        (custom_log(SPEED_SCHEMA, messages="cdr"), "its messages are 'cdr', not json"),
    ],
)
def test_a_wrong_schema(content: bytes, problem: str) -> None:
    assert reason(content) == f"wrong schema: topic /vehicle/speed: {problem}"


def test_a_chunk_s_messages_come_in_parts_of_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mcap_reader, "BATCH_BYTES", 1000)
    batches = list(DriveLogReader(BytesIO(WHOLE), CONTRACTS.topics).batches())
    assert max(len(batch.payloads) for batch in batches) < 30
    assert sum(len(batch.payloads) for batch in batches) == 3001


def many_topics(count: int, name: str = "/topic/{}") -> bytes:
    """A log with one message on each of many topics."""
    stream = BytesIO()
    writer = Writer(stream)
    writer.start()
    for place in range(count):
        writer.add_message(writer.register_channel(name.format(place), "json", 0), START_NS, b"{}", START_NS)
    writer.finish()
    return stream.getvalue()


def test_what_is_kept_of_a_log_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reason(many_topics(1, "/" + "x" * 2000)) == "a topic's name has more than 1024 characters"
    monkeypatch.setattr(mcap_reader, "ANNOUNCED_BYTES", 0)
    assert reason(many_topics(2)) == "its schemas and channels take more than 0 MiB"


def test_chunks_that_hold_absurdly_much_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mcap_reader, "RECORD_LIMIT", 0)
    monkeypatch.setattr(mcap_reader, "EXPANSION", 2)
    assert reason(WHOLE) == "its chunks hold more than 2 times as much as they take in the file"
