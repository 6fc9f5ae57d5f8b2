"""What travels between the steps of the ingest job."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from pipelines.storage import StoredObject


class IngestError(Exception):
    """What stops the job: one line that says what, where and what to do."""


@dataclass(frozen=True)
class Content:
    """One content: the files that hold it (the first by address counts, the others are its duplicates).

    `known_messages` is its number of messages if an earlier run has written it; then all files are duplicates.
    """

    sha256: str
    files: tuple[StoredObject, ...]
    known_messages: int | None = None


@dataclass(frozen=True)
class WrittenFile:
    """A Parquet file at its place in the lake that no table knows of yet.

    origin: what its rows were made from: of a log its content's SHA-256, which its rows have as source_sha256; of
    ledger entries `ledger-` and a hash of the files that they account for.  footer: the file's pickled metadata.
    """

    table: str
    path: str
    size: int
    rows: int
    origin: str
    footer: bytes


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
