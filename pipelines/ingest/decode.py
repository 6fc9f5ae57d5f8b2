"""One log to rows: messages to columns, checked against the contract, good ones to tables, bad ones aside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO, Protocol

import numpy as np
import pyarrow as pa

from pipelines.contracts.model import Contracts, Table
from pipelines.contracts.schemas import arrow_schema
from pipelines.ingest.derive import derive
from pipelines.ingest.model import DecodedLog
from pipelines.ingest.own_rows import own_rows
from pipelines.ingest.parse import parse
from pipelines.ingest.validate import validate
from pipelines.sources.mcap_reader import DriveLogReader, MessageBatch
from pipelines.sources.metadata import DriveMetadata

BATCH_MESSAGES = 16_384
BATCH_BYTES = 4 * 1024 * 1024
"""Messages of a topic are decoded together when there are this many, or this much of them."""

QUARANTINE = "operations.quarantine"
DRIVES = "drive_logs.drives"


class RowSink(Protocol):
    """Where rows go, in batches of a table's Arrow schema; within a call they are ordered by time."""

    def write(self, table: Table, rows: pa.Table) -> None:
        """Take rows of a table."""
        ...


class LogDecoder:
    """Decodes one log from a stream into a sink. Nothing here knows where the log came from or where rows go."""

    def __init__(self, contracts: Contracts, sink: RowSink, run_id: str, file_uri: str, source_sha256: str) -> None:
        self._topics: Mapping[str, Table] = contracts.topics
        self._quarantine = contracts.table(QUARANTINE)
        self._drives = contracts.table(DRIVES)
        self._sink, self._run_id, self._file_uri, self._sha256 = sink, run_id, file_uri, source_sha256
        self._pending: dict[str, MessageBatch] = {}
        self._pending_bytes: dict[str, int] = {}
        self._first_us: int | None = None
        self._last_us: int | None = None
        self.result = DecodedLog()

    def decode(self, stream: BinaryIO) -> DecodedLog:
        """Read all of it. DamagedLog if the file is not whole; then the sink's rows must not be used."""
        reader = DriveLogReader(stream, self._topics)
        for batch in reader.batches():
            pending = self._pending.setdefault(batch.topic, MessageBatch(batch.topic))
            pending.log_times += batch.log_times
            pending.payloads += batch.payloads
            size = self._pending_bytes.get(batch.topic, 0) + sum(map(len, batch.payloads))
            self._pending_bytes[batch.topic] = size
            if len(pending.payloads) >= BATCH_MESSAGES or size >= BATCH_BYTES:
                self._flush(batch.topic, reader.metadata)
        for topic in list(self._pending):
            self._flush(topic, reader.metadata)
        self._write_drive(reader.metadata)
        return self.result

    def _flush(self, topic: str, metadata: DriveMetadata | None) -> None:
        batch = self._pending.pop(topic)
        self._pending_bytes.pop(topic)
        table = self._topics.get(topic)
        count = len(batch.payloads)
        self.result.received += count
        if table is None:
            self._refuse(batch, dict.fromkeys(range(count), f"unknown topic {topic}"))
            return
        assert metadata is not None, "the reader refuses messages before the metadata"
        times = np.array(batch.log_times, dtype=np.uint64) // 1000
        rows, reasons = decode_batch(table, times.astype(np.int64), batch.payloads, metadata.drive_id, self._sha256)
        self._refuse(batch, reasons)
        if rows.num_rows:
            # As integers: rows are ordered, so the first and last are the extremes.
            ends = rows["timestamp"].cast(pa.int64())
            self._first_us = min(ends[0].as_py(), self._first_us if self._first_us is not None else ends[0].as_py())
            self._last_us = max(ends[-1].as_py(), self._last_us if self._last_us is not None else ends[-1].as_py())
            self.result.written += rows.num_rows
            self._sink.write(table, rows)

    def _refuse(self, batch: MessageBatch, reasons: Mapping[int, str]) -> None:
        if not reasons:
            return
        count = len(reasons)
        self.result.quarantined += count
        self.result.reasons.update(reasons.values())
        payloads = [batch.payloads[row].decode(errors="replace") for row in reasons]
        times = [batch.log_times[row] // 1000 for row in reasons]
        values = {
            "run_id": [self._run_id] * count,
            "file_uri": [self._file_uri] * count,
            "source_sha256": [self._sha256] * count,
            "topic": [batch.topic] * count,
            "log_time": times,
            "reason": list(reasons.values()),
            "payload": payloads,
        }
        self._sink.write(self._quarantine, own_rows(self._quarantine, values))

    def _write_drive(self, metadata: DriveMetadata | None) -> None:
        if metadata is None or self._first_us is None or self._last_us is None:
            return
        values = {
            "drive_id": [metadata.drive_id],
            "vehicle_id": [metadata.vehicle_id],
            "source_uri": [self._file_uri],
            "source_sha256": [self._sha256],
            "start_time": [self._first_us],
            "end_time": [self._last_us],
            "duration_s": [(self._last_us - self._first_us) / 1e6],
            "message_count": [self.result.written],
            "software_version": [metadata.software_version or None],
        }
        self._sink.write(self._drives, own_rows(self._drives, values))


def decode_batch(
    table: Table, times_us: np.ndarray, payloads: list[bytes], drive_id: str, source_sha256: str
) -> tuple[pa.Table, dict[int, str]]:
    """Rows of the table ordered by time, and row -> reason for each message that is none of them."""
    columns, reasons = parse(table, payloads)
    columns["drive_id"] = pa.repeat(drive_id, len(payloads))
    columns["timestamp"] = pa.array(times_us).cast(pa.timestamp("us", tz="UTC"))
    columns["source_sha256"] = pa.repeat(source_sha256, len(payloads))
    validate(table, columns, reasons)
    for column in table.derived_columns:
        assert column.derived is not None
        columns[column.name] = derive(column.derived, columns, reasons)
        validate(table, {column.name: columns[column.name]}, reasons)
    order = _good_rows_by_time(times_us, reasons)
    schema = arrow_schema(table)
    arrays = [columns[name] if order is None else columns[name].take(order) for name in schema.names]
    return pa.Table.from_arrays(arrays, schema=schema), reasons


def _good_rows_by_time(times_us: np.ndarray, reasons: Mapping[int, str]) -> pa.Array | None:
    """The places of the good rows ordered by time; None if that is all rows as they are."""
    ordered = bool(np.all(times_us[1:] >= times_us[:-1]))
    if ordered and not reasons:
        return None
    good = np.delete(np.arange(len(times_us)), list(reasons))
    return pa.array(good[np.argsort(times_us[good], kind="stable")])
