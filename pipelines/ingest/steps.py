"""The steps of the ingest job as Beam DoFns. Each can be repeated: what it did before it finds, and leaves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

import apache_beam as beam
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import TaggedOutput

from pipelines.contracts.model import Contracts
from pipelines.ingest.drives import DRIVES, Drives
from pipelines.ingest.iceberg_tables import IcebergTables, OpenCatalog
from pipelines.ingest.ledger import DUPLICATE, QUARANTINED, WRITTEN, Ledger
from pipelines.ingest.model import Content, DecodedLog, HashedFile, LedgerEntry, WrittenFile, WrittenLog
from pipelines.ingest.outcome import expected, reason_of, short
from pipelines.ingest.quarantine import copy_aside
from pipelines.sources.metadata import DriveFinder, the_drive
from pipelines.storage import MissingObjectError, ObjectStore, StoredObject

LEDGER_ENTRIES = "ledger_entries"
NAMESPACE = "ingest"
BLOCK_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Job:
    """Everything the steps need; it is pickled to the workers, connections are made there.

    input: address prefix of the logs. quarantine: address prefix that damaged files are copied below.
    """

    input: str
    quarantine: str
    run_id: str
    contracts: Contracts
    open_catalog: OpenCatalog
    store: ObjectStore


class Step(beam.DoFn):
    """A step of a job, with its tables and ledger connected when first needed on a worker."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job

    @cached_property
    def tables(self) -> IcebergTables:
        return IcebergTables(self.job.open_catalog, self.job.contracts)

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.tables, self.job.contracts)

    @staticmethod
    def count(name: str, amount: int = 1) -> None:
        """Add to a counter of the job."""
        Metrics.counter(NAMESPACE, name).inc(amount)

    def reason_of(self, error: Exception, doing: str) -> str:
        """Why a file is refused (outcome.py); errors that nobody expected are counted."""
        reason = reason_of(error, doing)
        if not expected(error):
            self.count("files_failed_unexpectedly")
        return reason

    def refuse(self, content: Content, started: datetime, reason: str) -> Iterator[TaggedOutput]:
        """Copy the files of a content to quarantine; their ledger entries."""
        for file in content.files:
            try:
                told = copy_aside(self.job.store, file, content.sha256, reason, self.job.quarantine, self.job.run_id)
            except MissingObjectError:
                self.count("files_replaced_meanwhile")
                continue
            yield TaggedOutput(LEDGER_ENTRIES, (None, self.entry(content, file, started, QUARANTINED, reason=told)))

    def entry(
        self,
        content: Content,
        file: StoredObject,
        started: datetime,
        outcome: str,
        *,
        reason: str | None = None,
        log: DecodedLog | None = None,
    ) -> LedgerEntry:
        """The ledger's row of a file. A duplicate has the messages that the log has."""
        log = log or DecodedLog()
        written = outcome == WRITTEN
        if written and log.quarantined:
            most, count = log.reasons.most_common(1)[0]
            reason = short(f"{log.quarantined} messages refused, most often ({count}): {most}")
        return LedgerEntry(
            run_id=self.job.run_id,
            file_uri=file.uri,
            generation=file.generation,
            source_sha256=content.sha256,
            outcome=outcome,
            reason=reason,
            received=log.received,
            written=log.written if written else 0,
            quarantined=log.quarantined if written else 0,
            duplicates=0 if written else log.received,
            bytes=file.size,
            started_at=started,
            finished_at=datetime.now(UTC),
        )


class ListNew(Step):
    """The files under the prefix that the ledger does not account for yet."""

    def process(self, _: None) -> Iterator[StoredObject]:
        listed = list(self.job.store.list(self.job.input))
        new = self.ledger.missing(listed)
        self.count("files_listed", len(listed))
        self.count("files_accounted_before", len(listed) - len(new))
        yield from new


class Hash(Step):
    """Each file's content as (None, HashedFile); the ledger entry (tagged) of one that can't be read."""

    def process(self, file: StoredObject) -> Iterator[tuple[None, HashedFile] | TaggedOutput]:
        started = datetime.now(UTC)
        try:
            hashed = self._hash(file)
        except MissingObjectError:
            # Replaced while the job runs: the new generation is a later run's.
            self.count("files_replaced_meanwhile")
        except Exception as error:  # noqa: BLE001 - reason_of raises what is not the file's own
            yield from self.refuse(Content("", (file,)), started, self.reason_of(error, "reading it"))
        else:
            self.count("bytes_read", file.size)
            yield None, hashed

    def _hash(self, file: StoredObject) -> HashedFile:
        digest, finder = hashlib.sha256(), DriveFinder()
        with self.job.store.open(file) as stream:
            while block := stream.read(BLOCK_BYTES):
                digest.update(block)
                finder.feed(block)
        return HashedFile(file, digest.hexdigest(), finder.found)


class GroupContents(Step):
    """Files of the same content together, with what the ledger knows of that content."""

    def process(self, element: tuple[None, Iterable[HashedFile]]) -> Iterator[Content]:
        contents: dict[str, list[HashedFile]] = {}
        for hashed in element[1]:
            contents.setdefault(hashed.sha256, []).append(hashed)
        known = self.ledger.written_messages(set(contents))
        for sha256, same in contents.items():
            files = tuple(sorted(hashed.file for hashed in same))
            yield Content(sha256, files, known.get(sha256), same[0].drives)


class Decode(Step):
    """A content to files in the lake: (None, WrittenLog), or ledger entries (tagged) of what is damaged or known."""

    def process(self, content: Content) -> Iterator[tuple[None, WrittenLog] | TaggedOutput]:
        started = datetime.now(UTC)
        if content.known_messages is not None:
            for file in content.files:
                log = DecodedLog(received=content.known_messages)
                yield TaggedOutput(LEDGER_ENTRIES, (None, self.entry(content, file, started, DUPLICATE, log=log)))
            return
        while content.files:
            try:
                written = self._decode(content, started)
            except MissingObjectError:
                self.count("files_replaced_meanwhile")
                content = replace(content, files=content.files[1:])
                continue
            except Exception as error:  # noqa: BLE001 - reason_of raises what is not the file's own
                yield from self.refuse(content, started, self.reason_of(error, "decoding it"))
            else:
                yield None, written
            return

    def _decode(self, content: Content, started: datetime) -> WrittenLog:
        # Arrow and the decoder are imported where they are used: the job's start does not wait for them.
        from pipelines.ingest.decode import LogDecoder
        from pipelines.ingest.spool import Spool

        file, job = content.files[0], self.job
        with job.store.open(file) as stream, Spool(self.tables, content.sha256) as spool:
            decoder = LogDecoder(job.contracts, spool, job.run_id, file.uri, content.sha256, content.drives)
            log = decoder.decode(stream)
            return WrittenLog(content, the_drive(content.drives), log, tuple(spool.finish()), started)


class Claim(Step):
    """The logs' drives: (table, file) of each log whose drive is its vehicle's, and all ledger entries (tagged)."""

    def process(self, element: tuple[None, Iterable[WrittenLog]]) -> Iterator[tuple[str, WrittenFile] | TaggedOutput]:
        logs = list(element[1])
        refused, rows = Drives(self.tables).claim(self.job.run_id, logs)
        self.count("rows_committed", rows)
        for log in logs:
            reason = refused.get(log.content.sha256)
            if reason is not None:
                yield from self.refuse(log.content, log.started_at, reason)
                continue
            for place, file in enumerate(log.content.files):
                outcome = DUPLICATE if place else WRITTEN
                yield TaggedOutput(
                    LEDGER_ENTRIES, (None, self.entry(log.content, file, log.started_at, outcome, log=log.log))
                )
            for file in log.files:
                if file.table != DRIVES:
                    yield file.table, file


class Commit(Step):
    """All files of a table in one commit; yields (table, rows). What the table has already is left out."""

    def process(self, element: tuple[str, Iterable[WrittenFile]]) -> Iterator[tuple[str, int]]:
        table, files = element
        rows = self.tables.append_contents(table, self.job.run_id, sorted(files, key=lambda file: file.path))
        self.count("rows_committed", rows)
        yield table, rows


class WriteLedger(Step):
    """Account for the files, after (by its second argument) every table has its rows."""

    def process(
        self, element: tuple[None, Iterable[LedgerEntry]], committed: list[tuple[str, int]]
    ) -> Iterator[LedgerEntry]:
        added = self.ledger.append(self.job.run_id, list(element[1]))
        for entry in added:
            self.count(f"files_{entry.outcome}")
            for name in ("received", "written", "quarantined", "duplicates"):
                self.count(f"messages_{name}", getattr(entry, name))
        yield from added
