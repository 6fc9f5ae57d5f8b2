"""A serving snapshot, as publish writes it and serving reads it: what its files are called and what they say.

    <address>/CURRENT                                    text: the id of the snapshot to serve
    <address>/<snapshot_id>/manifest.json                written last: a folder without it is no snapshot
    <address>/<snapshot_id>/<table>/part-*.parquet       rows in the table's order, times as UTC microseconds

Names are relative to the address of all snapshots, which both programs are told.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

CURRENT = "CURRENT"
LAYOUT_VERSION = 2
"""Part of a snapshot's id: raise it when the files of a snapshot change for the same rows."""


@dataclass(frozen=True)
class PublishedTable:
    """A table that every snapshot has: its name there, the lake's table that it holds, and its order."""

    name: str
    source: str
    sort: tuple[str, ...]


SCENARIOS = PublishedTable("scenarios", "scenarios.scenarios", ("drive_id", "start_time", "scenario_id"))
DRIVES = PublishedTable("drives", "drive_logs.drives", ("drive_id", "start_time", "source_sha256"))
TABLES = (SCENARIOS, DRIVES)


class ManifestError(ValueError):
    """A manifest that is none, in one line."""


@dataclass(frozen=True)
class TableContent:
    """What a snapshot holds of one table.

    columns: [{name, type}] with Spark's types.  sort: columns that the rows are ordered by.
    files: in the order of their rows, relative to the snapshot's folder.  source: the table in Spark's catalogue, and
    source_snapshot_id its state (None: nothing was ever written to it).
    """

    rows: int
    columns: list[dict[str, str]]
    sort: list[str]
    files: list[str]
    source: str
    source_snapshot_id: int | None


@dataclass(frozen=True)
class Manifest:
    """What a snapshot is: its content by table; when (UTC, ISO 8601) and by which run it was made."""

    snapshot_id: str
    created_at: str
    run_id: str
    tables: dict[str, TableContent]

    def to_json(self) -> str:
        """The text of the manifest's file."""
        return json.dumps(asdict(self), indent=1) + "\n"

    def files_of(self, table: PublishedTable) -> list[str]:
        """The names of the files that hold a table, in the order of their rows. KeyError if it is not there."""
        return [f"{self.snapshot_id}/{file}" for file in self.tables[table.name].files]

    @classmethod
    def from_json(cls, text: str | bytes) -> Manifest:
        """What to_json wrote, by this version or one that says more. ManifestError for anything else."""
        try:
            value = json.loads(text)
            tables = {name: TableContent(**_known(TableContent, table)) for name, table in value["tables"].items()}
            return cls(**{**_known(cls, value), "tables": tables})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ManifestError(f"not the manifest of a snapshot: {error!r}") from error


def manifest_file(snapshot_id: str) -> str:
    """The name of a snapshot's manifest."""
    return f"{snapshot_id}/manifest.json"


def table_folder(snapshot_id: str, table: PublishedTable) -> str:
    """The name of the folder with the files of a snapshot's table."""
    return f"{snapshot_id}/{table.name}"


def _known(kind: type, value: dict[str, Any]) -> dict[str, Any]:
    return {field.name: value[field.name] for field in fields(kind)}
