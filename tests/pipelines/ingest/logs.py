"""Small drive logs for the tests, and a lake of their own to ingest them into."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

from pipelines.contracts import Contract, Contracts
from pipelines.ingest.main import run
from pipelines.ingest.steps import Job
from pipelines.sources.metadata import DriveMetadata
from pipelines.storage import FolderStorage
from tests.pipelines.datasets import CONTRACTS
from tests.pipelines.ingest.folder_catalog import FolderCatalog
from tests.simulation.mcap_writer import DriveLogWriter

START_NS = 1_790_000_000_000_000_000
"""2026-09-21T14:13:20Z."""

Message = tuple[str, int, dict[str, Any]]
POSE = {
    "latitude_deg": 37.721,
    "longitude_deg": -122.4723,
    "altitude_m": 31.6,
    **dict.fromkeys(("qw", "qx", "qy", "qz"), 0.5),
    **dict.fromkeys(("velocity_forward_mps", "velocity_left_mps", "velocity_up_mps"), 0.0),
}


def speeds(count: int, start_ns: int = START_NS) -> list[Message]:
    """Speed messages, 10 ms apart: 0.0, 0.1, 0.2, ... m/s, up to 50."""
    return [
        ("/vehicle/speed", start_ns + place * 10_000_000, {"speed_mps": place % 500 / 10}) for place in range(count)
    ]


def log_bytes(
    messages: Iterable[Message], drive_id: str = "drive-1", contracts: Contract | Contracts = CONTRACTS
) -> bytes:
    """A whole log."""
    stream = BytesIO()
    metadata = DriveMetadata(drive_id, "vehicle-7", "2026.9")
    with DriveLogWriter(stream, contracts, metadata) as log:
        for topic, time, message in messages:
            log.write(topic, time, message)
    return stream.getvalue()


def by_name(entries: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Ledger entries by name of file; a file must be there once."""
    found = {entry["file_uri"].rsplit("/", 1)[-1]: entry for entry in entries}
    assert len(found) == len(entries)
    return found


class LocalLake:
    """A landing folder, a quarantine folder and a lake below one folder, and the ingest job over them."""

    def __init__(self, folder: Path, contracts: Contracts = CONTRACTS) -> None:
        self.folder, self.contracts = folder, contracts
        self.landing = folder / "landing" / "drive_logs"
        self.quarantine = folder / "quarantine" / "drive_logs"
        self.landing.mkdir(parents=True)
        self.catalog = FolderCatalog(folder / "catalog")
        self.catalog.folder.mkdir()
        self.catalog.create(contracts)

    def put(self, name: str, content: bytes) -> str:
        """Land a file; returns its address."""
        (self.landing / name).write_bytes(content)
        return (self.landing / name).as_uri()

    @staticmethod
    def local(uri: str) -> Path:
        """The file behind an address in the lake."""
        return Path(uri.removeprefix("file://"))

    def job(self, run_id: str) -> Job:
        """The job over this lake, before it runs."""
        return Job(
            input=self.landing.as_uri(),
            quarantine=self.quarantine.as_uri(),
            run_id=run_id,
            contracts=self.contracts,
            open_catalog=functools.partial(FolderCatalog, self.catalog.folder),
            store=FolderStorage(),
        )

    def ingest(self, run_id: str = "run-1") -> dict[str, int]:
        """Run the job on real Beam; returns its counters."""
        return run(self.job(run_id), ("--runner=FnApiRunner",))

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All rows of a table."""
        return self.catalog.load_table(table).scan().to_arrow().to_pylist()

    def ledger(self) -> dict[str, dict[str, Any]]:
        """The ledger by name of file; a file must be there once."""
        return by_name(self.rows("operations.ingest_ledger"))

    def content(self) -> dict[str, list[dict[str, Any]]]:
        """Every table's rows in a fixed order."""
        return {t.full_name: sorted(self.rows(t.full_name), key=repr) for t in self.contracts.tables}
