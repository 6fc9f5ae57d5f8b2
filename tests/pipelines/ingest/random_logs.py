"""Random logs: whole ones in every form that recorders write, with good and bad messages, and damaged ones."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import orjson
from hypothesis import strategies as st
from mcap.writer import MCAP0_MAGIC, CompressionType, Writer

from tests.pipelines.ingest.logs import POSE, START_NS

DAY_NS = 86_400 * 10**9

SCHEMAS = (b"{}", b"true", b'{"type": "object"}', b'{"$ref": "#/$defs/a", "$defs": {"a": {"type": "object"}}}')
WRONG_SCHEMAS = (b"", b"false", b"\xff", b"[" * 5000, b'{"type": 5}', b'{"$ref": "#"}', b'{"type": "string"}')

FIX = {"latitude_deg": 1.0, "longitude_deg": 2.0, "speed_mps": 0.0, "altitude_m": 0.0}
TIMES = ("0000-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2018-08-02T16:14:48.299Z")
TEXTS = ("\x00", "\ud7ff" * 20, "\U0010ffff" * 20, "z" * 5000, "")
NUMBERS = (b"1e999", b"NaN", b"Infinity", b"-0", b"1" * 400, b"18446744073709551616", b"-9223372036854775809", b"null")
ODD: list[tuple[str, bytes]] = [
    *(("/gnss/fix", orjson.dumps(FIX | {"utc_time": time})) for time in TIMES),
    *(("/vehicle/events", orjson.dumps({"kind": "warning", "detail": text})) for text in TEXTS),
    *(("/radar/tracks", b'{"track_id": %s, "forward_distance_m": 1}' % number) for number in NUMBERS),
    ("/localization/pose", orjson.dumps(POSE)),
    ("/localization/pose", orjson.dumps(POSE | {"latitude_deg": 90.5})),
    ("/vehicle/events", b'{"kind": "warning", "detail": "\\ud800"}'),
    ("/vehicle/events", b'{"kind": "warning", "detail": "\xff"}'),
    ("/vehicle/horn", b"\x00\xff"),
]
"""Messages that are good, refused, or of no table: of each kind that a library is known to stumble over."""
BAD_SPEEDS = (
    b'{"speed_mps": 412}',
    b'{"Speed_Mps": 1}',
    b"",
    b"[" * 2000,
    b'{"speed_mps": 1e999}',
    b'{"speed_mps": true}',
)
ODD_TIMES = (0, 2**64 - 1, START_NS - 400 * DAY_NS, START_NS + 4000 * DAY_NS)


@dataclass
class Log:
    """A log's content. speeds: what its rows of speed have to be; None if nothing is known of it. bad: messages."""

    content: bytes = field(repr=False)
    speeds: list[float] | None = None
    bad: int = 0


@dataclass
class Recorder:
    """What is written, and how."""

    drive: dict[str, str]
    messages: list[tuple[str, int, bytes]] = field(default_factory=list)
    chunked: bool = True
    compression: CompressionType = CompressionType.ZSTD
    chunk_size: int = 1 << 20
    schema: bytes | None = None
    metadata_last: bool = False
    attachment: bytes = b""

    def content(self) -> bytes:
        stream = BytesIO()
        writer = Writer(stream, chunk_size=self.chunk_size, compression=self.compression, use_chunking=self.chunked)
        writer.start()
        if not self.metadata_last:
            writer.add_metadata("drive", self.drive)
        if self.attachment:
            writer.add_attachment(0, 0, "a", "b", self.attachment)
        schema = 0 if self.schema is None else writer.register_schema("s", "jsonschema", self.schema)
        channels: dict[str, int] = {}
        for topic, time, payload in self.messages:
            if topic not in channels:
                channels[topic] = writer.register_channel(topic, "json", schema)
            writer.add_message(channels[topic], time, payload, time)
        if self.metadata_last:
            writer.add_metadata("drive", self.drive)
        writer.finish()
        return stream.getvalue()


NAMES = st.uuids().map(lambda name: name.hex)
SPEEDS = st.lists(st.integers(0, 90), max_size=6)


@st.composite
def recorders(draw: st.DrawFn) -> Recorder:
    return Recorder(
        drive={"drive_id": draw(NAMES), "vehicle_id": "v"},
        chunked=draw(st.booleans()),
        compression=draw(st.sampled_from(CompressionType)),
        chunk_size=draw(st.sampled_from([1, 100, 1 << 20])),
        schema=draw(st.sampled_from([None, *SCHEMAS])),
        metadata_last=draw(st.booleans()),
        attachment=draw(st.sampled_from([b"", b"x" * 2000])),
    )


@st.composite
def good_logs(draw: st.DrawFn) -> Log:
    """Speeds in any order of time, some on other days; among them messages that are refused."""
    recorder, speeds = draw(recorders()), draw(SPEEDS)
    messages = [(time, b'{"speed_mps": %d}' % speed) for time, speed in zip(draw(times()), speeds, strict=False)]
    bad = [(START_NS, payload) for payload in draw(st.lists(st.sampled_from(BAD_SPEEDS), max_size=2))]
    bad += [(time, b'{"speed_mps": 1}') for time in draw(st.lists(st.sampled_from(ODD_TIMES[:2]), max_size=1))]
    recorder.messages = [("/vehicle/speed", *message) for message in draw(st.permutations(messages + bad))]
    return Log(recorder.content(), sorted(map(float, speeds)), len(bad))


def times() -> Any:
    steps = st.integers(0, 10**9) | st.integers(0, 3).map(lambda days: days * DAY_NS)
    return st.lists(steps.map(lambda step: START_NS + step), min_size=6, max_size=6)


@st.composite
def odd_logs(draw: st.DrawFn) -> Log:
    """Whole logs of anything: odd messages at odd times, schemas that are none."""
    recorder = draw(recorders())
    if draw(st.integers(0, 3)) == 0:
        recorder.schema = draw(st.sampled_from(WRONG_SCHEMAS))
    when = st.sampled_from([START_NS] * 3 + list(ODD_TIMES))
    recorder.messages = [
        (topic, draw(when), payload) for topic, payload in draw(st.lists(st.sampled_from(ODD), max_size=8))
    ]
    return Log(recorder.content())


@st.composite
def damaged_logs(draw: st.DrawFn) -> Log:
    """A log with bytes lost, changed, doubled or put in; or records that no recorder writes."""
    content = draw(good_logs() | odd_logs()).content
    place, length = draw(st.integers(0, len(content))), draw(st.sampled_from([1, 8, 300]))
    match draw(st.sampled_from(["cut", "change", "drop", "double", "put in", "bare"])):
        case "cut":
            content = content[:place]
        case "change":
            content = content[:place] + draw(st.binary(max_size=8)) + content[place + 8 :]
        case "drop":
            content = content[:place] + content[place + length :]
        case "double":
            content = content[:place] + content[max(0, place - length) :]
        case "put in":
            content = content[:8] + draw(st.sampled_from(RECORDS)) + content[8:]
        case _:
            content = draw(st.sampled_from(BARE))
    return Log(content)


def record(opcode: int, content: bytes) -> bytes:
    return struct.pack("<BQ", opcode, len(content)) + content


def text(value: str) -> bytes:
    return struct.pack("<I", len(value)) + value.encode()


def drive(drive_id: str) -> bytes:
    pairs = b"".join(text(key) + text(value) for key, value in (("drive_id", drive_id), ("vehicle_id", "v")))
    return record(0x0C, text("drive") + struct.pack("<I", len(pairs)) + pairs)


def channel(number: int, topic: str) -> bytes:
    return record(0x04, struct.pack("<HH", number, 0) + text(topic) + text("json") + struct.pack("<I", 0))


RECORDS = [
    drive("another"),
    channel(1, "/vehicle/speed"),
    channel(1, "/one") + channel(1, "/two"),
    record(0x06, struct.pack("<QQQI", 0, 0, 0, 0) + text("") + struct.pack("<Q", 0)),
    record(0x06, struct.pack("<QQQI", 0, 0, 1 << 62, 0) + text("zstd") + struct.pack("<Q", 0)),
    record(0x08, struct.pack("<QQQQQ", 0, 0, 1 << 60, 1 << 60, 0) + bytes(24)),
    record(0x05, struct.pack("<HIQQ", 9, 0, 0, 0)),
    record(0x00, b""),
    record(0x7F, b"of a later version"),
    struct.pack("<BQ", 0x05, 2**64 - 1),
]
"""A second drive, channels twice and of two topics, chunks without content and of none, an index pointing outside, a
message of no channel, opcodes that are none and unknown, a length beyond all files."""
BARE = [b"", b"\x00", MCAP0_MAGIC, MCAP0_MAGIC * 2, MCAP0_MAGIC[:5], b"not a log at all", b"PAR1" * 10, bytes(1000)]

ANY_LOG = st.one_of(good_logs(), good_logs(), odd_logs(), damaged_logs(), damaged_logs())
