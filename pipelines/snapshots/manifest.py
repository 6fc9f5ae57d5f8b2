"""What a snapshot says of itself, and what its files are called.

    <address>/CURRENT                                             text: the id of the snapshot to serve
    <address>/snapshots/<snapshot_id>.json                        its manifest, written when all tables are there
    <address>/withdrawn/<snapshot_id>                             it was rolled back from: not to be published again
    <address>/tables/<name>/<version>/_table.json                 what the version holds, written last
    <address>/tables/<name>/<version>/shard=<n>/part-*.parquet    the bytes of a shard's database (parts.py)

Names are relative to the address of all snapshots, which both programs are told. A version of a table belongs to all
snapshots in which the table is the same: a run writes the tables that changed and no others.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any

from pipelines.snapshots.served_table import ServedColumn, ServedTable

CURRENT, SNAPSHOTS, WITHDRAWN, TABLES = "CURRENT", "snapshots", "withdrawn", "tables"
MANIFEST_SUFFIX = ".json"
LAYOUT_VERSION = 3
"""Part of a version's id: raise it when the files of a table change for the same rows."""


class ManifestError(ValueError):
    """A manifest that is none, in one line."""


@dataclass(frozen=True)
class Shard:
    """One database of a table: its rows, its size in bytes, and the SHA-256 of them, lower-case hex.

    files: the Parquet files with its bytes, relative to the version's folder.
    """

    rows: int
    size: int
    sha256: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class TableVersion:
    """A table as a snapshot has it.

    version: 32 hexadecimal digits from its declaration, columns and rows.  shards: a row is in the one that
    `shard_of` its key says.  source: the table in Spark's catalogue, and source_state its Iceberg snapshot id (None:
    nothing was ever written to it).
    """

    table: ServedTable
    version: str
    shards: tuple[Shard, ...]
    source: str
    source_state: int | None

    @property
    def rows(self) -> int:
        """Rows of all shards."""
        return sum(shard.rows for shard in self.shards)

    @property
    def folder(self) -> str:
        """Where its files are."""
        return version_folder(self.table.name, self.version)

    def to_json(self) -> str:
        """The text of its file."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> TableVersion:
        """What to_json wrote, by this version or one that says more. ManifestError for anything else."""
        return _read(lambda: _version(json.loads(text)), "the description of a table's version")


@dataclass(frozen=True)
class Manifest:
    """What a snapshot is: its tables by name; when (UTC, ISO 8601) and by which run it was made."""

    snapshot_id: str
    created_at: str
    run_id: str
    tables: dict[str, TableVersion]

    def to_json(self) -> str:
        """The text of the manifest's file."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Manifest:
        """What to_json wrote, by this version or one that says more. ManifestError for anything else."""

        def read() -> Manifest:
            value = json.loads(text)
            tables = {name: _version(version) for name, version in value["tables"].items()}
            return cls(**{**_known(cls, value), "tables": tables})

        return _read(read, "the manifest of a snapshot")


def manifest_file(snapshot_id: str) -> str:
    """The name of a snapshot's manifest."""
    return f"{SNAPSHOTS}/{snapshot_id}{MANIFEST_SUFFIX}"


def withdrawn_file(snapshot_id: str) -> str:
    """The name of the file that says that a snapshot was rolled back from."""
    return f"{WITHDRAWN}/{snapshot_id}"


def version_folder(table: str, version: str) -> str:
    """The name of the folder with a table's version."""
    return f"{TABLES}/{table}/{version}"


def version_file(table: str, version: str) -> str:
    """The name of the file that says what a table's version holds."""
    return f"{version_folder(table, version)}/_table.json"


def _version(value: dict[str, Any]) -> TableVersion:
    table = value["table"]
    columns = tuple(ServedColumn(**_known(ServedColumn, column)) for column in table["columns"])
    sequences = {name: tuple(table[name]) for name in ("by", "time", "order")}
    served = ServedTable(**{**_known(ServedTable, table), "columns": columns, **sequences})
    shards = (Shard(**{**_known(Shard, shard), "files": tuple(shard["files"])}) for shard in value["shards"])
    return TableVersion(**{**_known(TableVersion, value), "table": served, "shards": tuple(shards)})


def _known(kind: type, value: dict[str, Any]) -> dict[str, Any]:
    return {field.name: value[field.name] for field in fields(kind)}


def _read(read: Callable[[], Any], what: str) -> Any:
    try:
        return read()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ManifestError(f"not {what}: {error!r}") from error
