"""Ledger entries, and the files of rows that a table has not got yet."""

from __future__ import annotations

from datetime import UTC, datetime

from pipelines.ingest.iceberg_tables import IcebergTables
from pipelines.ingest.ledger import Ledger
from pipelines.ingest.model import LedgerEntry, WrittenFile
from pipelines.ingest.own_rows import own_rows
from pipelines.ingest.spool import Spool
from tests.pipelines.datasets import CONTRACTS
from tests.pipelines.ingest.logs import START_NS, LocalLake

TIME = datetime(2026, 9, 21, 15, tzinfo=UTC)
SPEED = CONTRACTS.table("drive_logs.speed")


def tables_of(lake: LocalLake) -> IcebergTables:
    """The lake's tables as a worker connects to them."""
    return IcebergTables(lake.job("run").open_catalog, lake.contracts)


def ledger_of(lake: LocalLake) -> Ledger:
    """The lake's ledger as a worker connects to it."""
    return Ledger(tables_of(lake), lake.contracts)


def entry(
    file_uri: str, generation: int = 1, *, sha256: str = "ab" * 32, outcome: str = "written", messages: int = 7
) -> LedgerEntry:
    """An entry of a file that was written, or a duplicate, as a whole."""
    written = messages if outcome == "written" else 0
    return LedgerEntry(
        run_id="run-1",
        file_uri=file_uri,
        generation=generation,
        source_sha256=sha256,
        outcome=outcome,
        reason=None,
        received=messages,
        written=written,
        quarantined=0,
        duplicates=messages - written,
        bytes=100,
        started_at=TIME,
        finished_at=TIME,
    )


def speed_files(lake: LocalLake, sha256: str, rows: int, day: int = 0) -> list[WrittenFile]:
    """Files with rows of one log in the table of speeds, at their place but in no table yet."""
    start = START_NS // 1000 + day * 86_400 * 10**6
    values = {
        "drive_id": ["d"] * rows,
        "timestamp": list(range(start, start + rows)),
        "source_sha256": [sha256] * rows,
        "speed_mps": [1.0] * rows,
    }
    with Spool(tables_of(lake), sha256) as spool:
        spool.write(SPEED, own_rows(SPEED, values))
        return spool.finish()
