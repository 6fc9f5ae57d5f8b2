"""What travels between the steps of the ingest job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.sources.metadata import DriveMetadata
from pipelines.storage import StoredObject

if TYPE_CHECKING:
    from pyiceberg.manifest import DataFile

REASONS = 10_000
"""So many reasons of refused messages are told apart."""


class IngestError(Exception):
    """What stops the job: one line that says what, where and what to do."""


@dataclass(frozen=True)
class HashedFile:
    """A file that was read once. drives: what its records say of its drive (sources.metadata.DriveFinder)."""

    file: StoredObject
    sha256: str
    drives: tuple[DriveMetadata | None, ...]


@dataclass(frozen=True)
class Content:
    """One content: the files that hold it (the first by address counts, the others are its duplicates).

    `known_messages` is its number of messages if an earlier run has written it; then all files are duplicates.
    `sha256` is empty of a file that can't be read; then it is alone.
    """

    sha256: str
    files: tuple[StoredObject, ...]
    known_messages: int | None = None
    drives: tuple[DriveMetadata | None, ...] = ()


@dataclass(frozen=True)
class WrittenFile:
    """A Parquet file at its place in the lake that no table knows of yet.

    origin: what its rows were made from: of a log its content's SHA-256, which its rows have as source_sha256; of
    ledger entries `ledger-` and a hash of the files that they account for.  entry: what a commit says of it.
    """

    table: str
    origin: str
    entry: DataFile

    @property
    def path(self) -> str:
        return self.entry.file_path

    @property
    def rows(self) -> int:
        return self.entry.record_count


@dataclass(frozen=True)
class LedgerEntry:
    """A row of operations.ingest_ledger: received = written + quarantined + duplicates, in messages."""

    run_id: str
    file_uri: str
    generation: int
    source_sha256: str
    outcome: str
    reason: str | None
    received: int
    written: int
    quarantined: int
    duplicates: int
    bytes: int
    started_at: datetime
    finished_at: datetime

    def __post_init__(self) -> None:
        accounted = self.written + self.quarantined + self.duplicates
        if self.received != accounted:
            raise IngestError(
                f"{self.file_uri}: received {self.received} messages but accounts for {accounted}; "
                "nothing of it was committed, this is an error of the job"
            )


@dataclass
class DecodedLog:
    """What became of one log's messages."""

    received: int = 0
    written: int = 0
    quarantined: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def refuse(self, reasons: Iterable[str]) -> None:
        """Count refused messages by reason. Of very many reasons the rare ones are forgotten."""
        self.reasons.update(reasons)
        if len(self.reasons) > REASONS:
            self.reasons = Counter(dict(self.reasons.most_common(REASONS // 2)))


@dataclass(frozen=True, eq=False)
class WrittenLog:
    """A content that was decoded, its rows in files that no table knows of yet."""

    content: Content
    drive: DriveMetadata
    log: DecodedLog
    files: tuple[WrittenFile, ...]
    started_at: datetime

    @property
    def landed(self) -> int:
        """When it landed: the first generation with this content."""
        return min(file.generation for file in self.content.files)
