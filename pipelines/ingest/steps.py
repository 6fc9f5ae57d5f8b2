"""The steps of the ingest job as Beam DoFns. Each can be repeated: what it did before it finds, and leaves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import apache_beam as beam
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import TaggedOutput

from pipelines.contracts.model import Contracts
from pipelines.ingest.iceberg_tables import IcebergTables, OpenCatalog
from pipelines.ingest.ledger import Ledger
from pipelines.ingest.model import Content, DecodedLog, LedgerEntry, WrittenFile
from pipelines.storage import MissingObjectError, ObjectStore, StoredObject

LEDGER_ENTRIES = "ledger_entries"
NAMESPACE = "ingest"


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


class ListNew(Step):
    """The files under the prefix that the ledger does not account for yet."""

    def process(self, _: None) -> Iterator[StoredObject]:
        listed = list(self.job.store.list(self.job.input))
        new = self.ledger.missing(listed)
        self.count("files_listed", len(listed))
        self.count("files_accounted_before", len(listed) - len(new))
        yield from new


class Hash(Step):
    """(None, (sha256, file)) of each file's content."""

    def process(self, file: StoredObject) -> Iterator[tuple[None, tuple[str, StoredObject]]]:
        try:
            with self.job.store.open(file) as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()  # pyright: ignore[reportArgumentType]
        except MissingObjectError:
            # Replaced while the job runs: the new generation is a later run's.
            self.count("files_replaced_meanwhile")
            return
        self.count("bytes_read", file.size)
        yield None, (sha256, file)


class GroupContents(Step):
    """Files of the same content together, with what the ledger knows of that content."""

    def process(self, element: tuple[None, Iterable[tuple[str, StoredObject]]]) -> Iterator[Content]:
        contents: dict[str, list[StoredObject]] = {}
        for sha256, file in element[1]:
            contents.setdefault(sha256, []).append(file)
        known = self.ledger.written_messages(set(contents))
        for sha256, files in contents.items():
            yield Content(sha256, tuple(sorted(files)), known.get(sha256))


class Decode(Step):
    """A content to files in the lake (main output, by table) and ledger entries (tagged), or to quarantine."""

    def process(self, content: Content) -> Iterator[tuple[str, WrittenFile] | TaggedOutput]:
        from pipelines.sources.mcap_reader import DamagedLog

        started = datetime.now(UTC)
        reason, log, files = None, DecodedLog(), []
        if content.known_messages is None:
            try:
                log, files = self._decode(content)
            except DamagedLog as error:
                reason = error.reason
            except MissingObjectError:
                self.count("files_replaced_meanwhile", len(content.files))
                return
        for place, file in enumerate(content.files):
            if reason is not None:
                if not self._quarantine(content, file, reason):
                    continue
                entry = self._entry(content, file, started, "quarantined", reason=reason)
            elif place == 0 and content.known_messages is None:
                entry = self._entry(content, file, started, "written", log=log)
            else:
                messages = log.received if content.known_messages is None else content.known_messages
                entry = self._entry(content, file, started, "duplicate", duplicates=messages)
            yield TaggedOutput(LEDGER_ENTRIES, (None, entry))
        for file in files:
            yield file.table, file

    def _decode(self, content: Content) -> tuple[DecodedLog, list[WrittenFile]]:
        # Arrow and the decoder are imported where they are used: the job's start does not wait for them.
        from pipelines.ingest.decode import LogDecoder
        from pipelines.ingest.spool import Spool

        file = content.files[0]
        with self.job.store.open(file) as stream, Spool(self.tables, content.sha256) as spool:
            decoder = LogDecoder(self.job.contracts, spool, self.job.run_id, file.uri, content.sha256)
            return decoder.decode(stream), spool.finish()

    def _quarantine(self, content: Content, file: StoredObject, reason: str) -> bool:
        """Whether the file was copied; if not it was replaced while the job runs, and is a later run's."""
        name = file.uri.rsplit("/", 1)[-1]
        target = f"{self.job.quarantine.rstrip('/')}/{content.sha256}/{name}"
        try:
            self.job.store.copy(file, target, {"reason": reason, "source": file.uri, "run_id": self.job.run_id})
        except MissingObjectError:
            self.count("files_replaced_meanwhile")
            return False
        return True

    def _entry(
        self,
        content: Content,
        file: StoredObject,
        started: datetime,
        outcome: str,
        *,
        reason: str | None = None,
        log: DecodedLog | None = None,
        duplicates: int = 0,
    ) -> LedgerEntry:
        log = log or DecodedLog()
        if reason is None and log.quarantined:
            most, count = log.reasons.most_common(1)[0]
            reason = f"{log.quarantined} messages refused, most often ({count}): {most}"
        return LedgerEntry(
            run_id=self.job.run_id,
            file_uri=file.uri,
            generation=file.generation,
            source_sha256=content.sha256,
            outcome=outcome,
            reason=reason,
            received=log.received + duplicates,
            written=log.written,
            quarantined=log.quarantined,
            duplicates=duplicates,
            bytes=file.size,
            started_at=started,
            finished_at=datetime.now(UTC),
        )


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
