"""A drive is one vehicle's: what the table of drives says of it, kept true by whoever adds to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipelines.ingest.iceberg_tables import IcebergTables, one_of
from pipelines.ingest.model import WrittenFile, WrittenLog

if TYPE_CHECKING:
    from pyiceberg.table import Table as IcebergTable

DRIVES = "drive_logs.drives"
COLUMNS = ("drive_id", "vehicle_id", "source_sha256")


class Drives:
    """drive_logs.drives. It is committed before any other table has a row of a log."""

    def __init__(self, tables: IcebergTables) -> None:
        self._tables = tables

    def claim(self, run_id: str, logs: Sequence[WrittenLog]) -> tuple[dict[str, str], int]:
        """Add the logs' rows to the table: (source_sha256 -> reason of each log that is refused, rows added).

        A drive is the vehicle's that the table names. Of one that the table lacks, it is the vehicle's whose log landed
        first, whichever run reads it; who commits in between is looked at. A log without rows claims nothing.
        """
        claims = {log: file for log in logs for file in log.files if file.table == DRIVES}
        by_landing = sorted(claims, key=lambda log: (log.landed, log.content.sha256))
        refused: dict[str, str] = {}

        def choose(state: IcebergTable) -> list[WrittenFile]:
            refused.clear()
            vehicles, present = self._known({log.drive.drive_id for log in claims}, state)
            files: list[WrittenFile] = []
            for log in by_landing:
                drive, sha256 = log.drive, log.content.sha256
                owners = vehicles.setdefault(drive.drive_id, {drive.vehicle_id})
                if drive.vehicle_id not in owners:
                    owner = min(owners)[:80]
                    refused[sha256] = f"drive {drive.drive_id[:80]} is vehicle {owner}'s, not {drive.vehicle_id[:80]}'s"
                elif sha256 not in present:
                    files.append(claims[log])
            return files

        return refused, self._tables.append(DRIVES, run_id, choose) if claims else 0

    def _known(self, drive_ids: set[str], state: IcebergTable) -> tuple[dict[str, set[str]], set[str]]:
        """(drive -> its vehicles, the contents that have a row) of these drives."""
        vehicles: dict[str, set[str]] = {}
        present: set[str] = set()
        if state.current_snapshot() is None:
            return vehicles, present
        for batch in self._tables.rows(DRIVES, COLUMNS, one_of("drive_id", drive_ids)):
            for drive_id, vehicle_id, sha256 in zip(*(batch[name].to_pylist() for name in COLUMNS), strict=True):
                if drive_id in drive_ids:
                    vehicles.setdefault(drive_id, set()).add(vehicle_id)
                    present.add(sha256)
        return vehicles, present
