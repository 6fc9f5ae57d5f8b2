"""Every message of a log, decoded, as tests look at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import orjson

from pipelines.sources.mcap_reader import DriveLogReader


@dataclass(frozen=True)
class LogMessage:
    """One decoded message; log_time_ns is UTC nanoseconds."""

    topic: str
    log_time_ns: int
    message: dict[str, Any]


def read_messages(stream: BinaryIO) -> Iterator[LogMessage]:
    """All messages of a log, chunk by chunk and topic by topic."""
    for batch in DriveLogReader(stream).batches():
        for log_time, payload in zip(batch.log_times, batch.payloads, strict=True):
            yield LogMessage(batch.topic, log_time, orjson.loads(payload))
