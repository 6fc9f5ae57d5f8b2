"""One log to rows: messages to columns, checked against the contract, good ones to tables, bad ones aside."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from typing import BinaryIO, Protocol

import numpy as np
import pyarrow as pa

from pipelines.contracts.model import Contracts, Table
from pipelines.contracts.schemas import arrow_schema
from pipelines.ingest.derive import derive
from pipelines.ingest.drives import DRIVES
from pipelines.ingest.model import DecodedLog
from pipelines.ingest.own_rows import own_rows
from pipelines.ingest.parse import parse
from pipelines.ingest.validate import validate
from pipelines.sources.mcap_reader import DamagedLog, DriveLogReader, MessageBatch
from pipelines.sources.metadata import DriveMetadata, the_drive

BATCH_MESSAGES = 16_384
BATCH_BYTES = 4 * 1024 * 1024
"""Messages of a topic are decoded together when there are this many, or this much of them."""
PENDING_BYTES = 64 * 1024 * 1024
"""With so much of all topics all are decoded: a log may have any number of them."""
MESSAGE_BYTES = 100
"""What a message takes in memory beside its own bytes, about."""

QUARANTINE = "operations.quarantine"


class RowSink(Protocol):
    """Where rows go, in batches of a table's Arrow schema; within a call messages' rows are ordered by time."""

    def write(self, table: Table, rows: pa.Table) -> None:
        """Take rows of a table."""
        ...


class LogDecoder:
    """Decodes one log from a stream into a sink. Nothing here knows where the log came from or where rows go.

    drives: what the log says of its drive, which may stand after its messages (sources.metadata.DriveFinder).
    """

    def __init__(
        self,
        contracts: Contracts,
        sink: RowSink,
        run_id: str,
        file_uri: str,
        source_sha256: str,
        drives: tuple[DriveMetadata | None, ...],
    ) -> None:
        self._topics: Mapping[str, Table] = contracts.topics
        self._quarantine = contracts.table(QUARANTINE)
        self._drives = contracts.table(DRIVES)
        self._sink, self._run_id, self._file_uri, self._sha256 = sink, run_id, file_uri, source_sha256
        self._found = drives
        self._pending: dict[str, MessageBatch] = {}
        self._pending_bytes: Counter[str] = Counter()
        self._all_pending_bytes = 0
        self._refused: list[tuple[str, int, str, str]] = []
        self._refused_bytes = 0
        self._first_us: int | None = None
        self._last_us: int | None = None
        self.result = DecodedLog()

    def decode(self, stream: BinaryIO) -> DecodedLog:
        """Read all of it. DamagedLog if the file is not whole or names not one drive; then drop the sink's rows."""
        reader = DriveLogReader(stream, self._topics)
        try:
            drive = the_drive(self._found)
        except DamagedLog:
            # What is wrong with the file as such comes first.
            deque(reader.batches(), maxlen=0)
            raise
        for batch in reader.batches():
            self._hold(batch)
            topic = batch.topic
            if self._all_pending_bytes >= PENDING_BYTES:
                self._flush_all(drive)
            elif len(self._pending[topic].payloads) >= BATCH_MESSAGES or self._pending_bytes[topic] >= BATCH_BYTES:
                self._flush(topic, drive)
        self._flush_all(drive)
        self._write_refused()
        self._write_drive(drive)
        return self.result

    def _hold(self, batch: MessageBatch) -> None:
        pending = self._pending.setdefault(batch.topic, MessageBatch(batch.topic))
        pending.log_times += batch.log_times
        pending.payloads += batch.payloads
        size = sum(map(len, batch.payloads)) + MESSAGE_BYTES * len(batch.payloads)
        self._pending_bytes[batch.topic] += size
        self._all_pending_bytes += size

    def _flush_all(self, drive: DriveMetadata) -> None:
        for topic in list(self._pending):
            self._flush(topic, drive)

    def _flush(self, topic: str, drive: DriveMetadata) -> None:
        batch = self._pending.pop(topic)
        self._all_pending_bytes -= self._pending_bytes.pop(topic)
        table = self._topics.get(topic)
        count = len(batch.payloads)
        self.result.received += count
        if table is None:
            self._refuse(batch, dict.fromkeys(range(count), f"unknown topic {topic}"))
            return
        times = np.array(batch.log_times, dtype=np.uint64) // 1000
        rows, reasons = decode_batch(table, times.astype(np.int64), batch.payloads, drive.drive_id, self._sha256)
        self._refuse(batch, reasons)
        if rows.num_rows:
            # As integers: rows are ordered, so the first and last are the extremes.
            ends = rows["timestamp"].cast(pa.int64())
            self._first_us = min(ends[0].as_py(), self._first_us if self._first_us is not None else ends[0].as_py())
            self._last_us = max(ends[-1].as_py(), self._last_us if self._last_us is not None else ends[-1].as_py())
            self.result.written += rows.num_rows
            self._sink.write(table, rows)

    def _refuse(self, batch: MessageBatch, reasons: Mapping[int, str]) -> None:
        self.result.quarantined += len(reasons)
        self.result.refuse(reasons.values())
        for row, reason in reasons.items():
            payload = batch.payloads[row].decode(errors="replace")
            self._refused.append((batch.topic, batch.log_times[row] // 1000, reason, payload))
            self._refused_bytes += len(payload)
        if len(self._refused) >= BATCH_MESSAGES or self._refused_bytes >= BATCH_BYTES:
            self._write_refused()

    def _write_refused(self) -> None:
        count = len(self._refused)
        if not count:
            return
        topics, times, reasons, payloads = zip(*self._refused, strict=True)
        values = {
            "run_id": [self._run_id] * count,
            "file_uri": [self._file_uri] * count,
            "source_sha256": [self._sha256] * count,
            "topic": topics,
            "log_time": times,
            "reason": reasons,
            "payload": payloads,
        }
        self._refused, self._refused_bytes = [], 0
        self._sink.write(self._quarantine, own_rows(self._quarantine, values))

    def _write_drive(self, drive: DriveMetadata) -> None:
        if self._first_us is None or self._last_us is None:
            return
        values = {
            "drive_id": [drive.drive_id],
            "vehicle_id": [drive.vehicle_id],
            "source_uri": [self._file_uri],
            "source_sha256": [self._sha256],
            "start_time": [self._first_us],
            "end_time": [self._last_us],
            "duration_s": [(self._last_us - self._first_us) / 1e6],
            "message_count": [self.result.written],
            "software_version": [drive.software_version or None],
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
