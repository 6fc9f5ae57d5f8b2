"""The account of files: which are in it already, and adding to it exactly once per (file, generation)."""

# pyright: reportCallIssue=false
# pyiceberg makes its expressions' arguments by metaclass: the type checker can't see them.
from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from pipelines.contracts.model import Contracts
from pipelines.ingest.iceberg_tables import IcebergTables, one_of
from pipelines.ingest.model import LedgerEntry, WrittenFile
from pipelines.storage import StoredObject

if TYPE_CHECKING:
    from pyiceberg.table import Table as IcebergTable

LEDGER = "operations.ingest_ledger"
WRITTEN, QUARANTINED, DUPLICATE = "written", "quarantined", "duplicate"
"""What becomes of a file."""


class Ledger:
    """operations.ingest_ledger. Read in narrow scans, never kept whole in memory."""

    def __init__(self, tables: IcebergTables, contracts: Contracts) -> None:
        self._tables, self._table = tables, contracts.table(LEDGER)

    def missing(self, files: Iterable[StoredObject]) -> list[StoredObject]:
        """The files the ledger has no row of, in this generation."""
        files = list(files)
        known = self._known({file.uri for file in files})
        return [file for file in files if (file.uri, file.generation) not in known]

    def written_messages(self, hashes: set[str]) -> dict[str, int]:
        """sha256 -> messages received, of the contents that were written by an earlier run."""
        from pyiceberg.expressions import And, EqualTo

        row_filter = And(EqualTo("outcome", WRITTEN), one_of("source_sha256", hashes))
        messages: dict[str, int] = {}
        for batch in self._tables.rows(LEDGER, ("source_sha256", "received", "outcome"), row_filter) if hashes else ():
            pairs = zip(batch["source_sha256"].to_pylist(), batch["received"].to_pylist(), strict=True)
            messages |= {sha256: received for sha256, received in pairs if sha256 in hashes}
        return messages

    def append(self, run_id: str, entries: list[LedgerEntry]) -> list[LedgerEntry]:
        """Add the entries whose (file, generation) it lacks, in one commit; returns those it added."""
        added: list[LedgerEntry] = []

        def choose(state: IcebergTable) -> list[WrittenFile]:
            known = self._known({entry.file_uri for entry in entries}) if state.current_snapshot() else set()
            added[:] = [entry for entry in entries if (entry.file_uri, entry.generation) not in known]
            return self._write(added)

        self._tables.append(LEDGER, run_id, choose)
        return added

    def _known(self, uris: set[str]) -> set[tuple[str, int]]:
        known: set[tuple[str, int]] = set()
        for batch in self._tables.rows(LEDGER, ("file_uri", "generation"), one_of("file_uri", uris)) if uris else ():
            pairs = zip(batch["file_uri"].to_pylist(), batch["generation"].to_pylist(), strict=True)
            known |= {pair for pair in pairs if pair[0] in uris}
        return known

    def _write(self, entries: list[LedgerEntry]) -> list[WrittenFile]:
        # Arrow is imported where it is used: the job's start does not wait for it.
        from pipelines.ingest.own_rows import own_rows
        from pipelines.ingest.spool import Spool

        if not entries:
            return []
        entries = sorted(entries, key=lambda entry: entry.file_uri)
        names = "".join(f"{entry.file_uri}#{entry.generation}\n" for entry in entries)
        values = {name: [getattr(entry, name) for entry in entries] for name in LedgerEntry.__dataclass_fields__}
        with Spool(self._tables, f"ledger-{hashlib.sha256(names.encode()).hexdigest()[:16]}") as spool:
            spool.write(self._table, own_rows(self._table, values))
            return spool.finish()
