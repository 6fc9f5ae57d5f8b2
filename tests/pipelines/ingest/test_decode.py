"""Messages to rows: the good ones by time, a reason for each other; damage in a log is decoded or refused."""

from __future__ import annotations

import random
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import h3
import numpy as np
import orjson
import pyarrow as pa
import pytest
from mcap.writer import MCAP0_MAGIC, CompressionType, Writer

from pipelines.contracts import Table
from pipelines.contracts.schemas import json_schema
from pipelines.ingest.decode import LogDecoder, decode_batch
from pipelines.sources.mcap_records import HEADER, DamagedLog
from pipelines.sources.metadata import DriveMetadata
from tests.pipelines.datasets import CONTRACTS
from tests.pipelines.ingest.logs import POSE, START_NS, Message, log_bytes, speeds

TIMES_US = START_NS // 1000
DRIVE = DriveMetadata("d", "v")


def decode(table: str, *payloads: Any) -> tuple[list[dict[str, Any]], dict[int, str]]:
    """(good rows, reasons) of payloads, each bytes as they are or something to be dumped; 1 s apart."""
    texts = [payload if isinstance(payload, bytes) else orjson.dumps(payload) for payload in payloads]
    times = TIMES_US + np.arange(len(texts), dtype=np.int64) * 1_000_000
    rows, reasons = decode_batch(CONTRACTS.table(f"drive_logs.{table}"), times, texts, "drive-1", "ab" * 32)
    rows.validate(full=True)
    return rows.to_pylist(), reasons


GOOD = {"speed_mps": 12.5}


def test_a_row_is_the_log_s_columns_and_the_message_s() -> None:
    (row,), reasons = decode("speed", GOOD)
    assert reasons == {}
    assert row["timestamp"].isoformat() == "2026-09-21T14:13:20+00:00"
    assert {key: row[key] for key in row if key != "timestamp"} == {
        "drive_id": "drive-1",
        "source_sha256": "ab" * 32,
        "speed_mps": 12.5,
    }


@pytest.mark.parametrize(
    ("table", "payload", "expected"),
    [
        ("speed", {"speed_mps": 412.0}, "speed.speed_mps: 412.0 is above maximum 90"),
        ("speed", {"speed_mps": -1}, "speed.speed_mps: -1.0 is below minimum 0"),
        ("speed", {"speed_mps": None}, "speed.speed_mps: is missing"),
        ("speed", {}, "speed.speed_mps: is missing"),
        ("speed", {"speed_mps": "fast"}, 'speed.speed_mps: "fast" is not a number'),
        ("speed", {"speed_mps": True}, "speed.speed_mps: true is not a number"),
        ("speed", b'{"speed_mps": 1e999}', "speed: not a JSON object"),
        ("speed", b"{", "speed: not a JSON object"),
        ("speed", b"", "speed: not a JSON object"),
        ("speed", b"  ", "speed: not a JSON object"),
        ("speed", b"[1]", "speed: not a JSON object"),
        ("speed", b'{"speed_mps": 1}{"speed_mps": 2}', "speed: not a JSON object"),
        (
            "events",
            {"kind": "tea break"},
            "events.kind: 'tea break' is not one of engagement, disengagement, driver_override, warning",
        ),
        ("events", {"kind": "warning", "detail": 7}, "events.detail: 7 is not text"),
    ],
)
def test_a_bad_message_has_a_reason_and_its_neighbours_are_kept(table: str, payload: Any, expected: str) -> None:
    good = {"speed": GOOD, "events": {"kind": "warning", "detail": "x"}}[table]
    rows, reasons = decode(table, good, payload, good)
    assert len(rows) == 2
    assert reasons == {1: expected}


def test_the_derived_cell_is_h3_s_and_bad_coordinates_are_not_asked_for() -> None:
    rows, reasons = decode("ego_pose", POSE, {**POSE, "latitude_deg": 1000.0}, {**POSE, "latitude_deg": None})
    assert [row["h3_cell"] for row in rows] == [h3.latlng_to_cell(POSE["latitude_deg"], POSE["longitude_deg"], 9)]
    assert reasons == {
        1: "ego_pose.latitude_deg: 1000.0 is above maximum 90",
        2: "ego_pose.latitude_deg: is missing",
    }


def test_a_log_time_without_a_clock_is_refused() -> None:
    rows, reasons = decode_batch(
        CONTRACTS.table("drive_logs.speed"), np.array([0, TIMES_US]), [b'{"speed_mps": 1}'] * 2, "d", "s"
    )
    assert rows.num_rows == 1
    assert reasons == {0: "speed.timestamp: 1970-01-01T00:00:00Z is below minimum 2010-01-01T00:00:00Z"}


def test_rows_are_ordered_by_time() -> None:
    times = TIMES_US + np.array([3, 1, 2])
    payloads = [orjson.dumps({"speed_mps": value}) for value in (3, 1, 2)]
    rows, _ = decode_batch(CONTRACTS.table("drive_logs.speed"), times, payloads, "d", "s")
    assert rows["speed_mps"].to_pylist() == [1, 2, 3]


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
        LogDecoder(CONTRACTS, NoRows(), "run", "file", "ab" * 32, (DRIVE,)).decode(BytesIO(log))
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


def test_text_that_is_not_utf_8_is_a_refused_message_not_a_refused_log() -> None:
    """Without checksums nothing but the text itself shows the damage."""
    log = LOGS["without chunks"]
    place = log.index(b'"kind":"warning"') + len(b'"kind":"')
    decoder = LogDecoder(CONTRACTS, NoRows(), "run", "file", "ab" * 32, (DRIVE,))
    result = decoder.decode(BytesIO(log[:place] + b"\xff" + log[place + 1 :]))
    assert (result.written, result.quarantined) == (2, 1)
    assert list(result.reasons) == ["events: not a JSON object"]
