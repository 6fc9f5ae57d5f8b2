"""An Iceberg catalogue in a folder: a pointer file per table. For one process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pyiceberg.exceptions import CommitFailedException, NoSuchTableError
from pyiceberg.io import load_file_io
from pyiceberg.serializers import FromInputFile, ToOutputFile
from pyiceberg.table import CommitTableResponse, Table
from pyiceberg.table.metadata import TableMetadata, new_table_metadata
from pyiceberg.table.update import update_table_metadata

from pipelines.contracts import Contracts
from tests.pipelines import table_forms

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog


class FolderCatalog:
    """What the job needs of a catalogue; tables are at <folder>/lake/<namespace>/<table>, as the stack places them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.io = load_file_io({}, folder.as_uri())

    def _pointer(self, name: str) -> Path:
        return self.folder / f"{name}.pointer"

    def create(self, contracts: Contracts) -> None:
        """Make every table that is not there, and add the columns that one lacks, as the stack does."""
        for table in contracts.tables:
            if not self._pointer(table.full_name).exists():
                metadata = new_table_metadata(
                    table_forms.iceberg_schema(table),
                    table_forms.iceberg_partition_spec(table),
                    table_forms.iceberg_sort_order(table),
                    (self.folder / "lake" / table.namespace / table.name).as_uri(),
                )
                self._write(table.full_name, metadata, 0)
                continue
            there = self.load_table(table.full_name)
            with there.update_schema() as update:
                update.union_by_name(table_forms.iceberg_schema(table))

    def load_table(self, identifier: str | tuple[str, ...]) -> Table:
        name = identifier if isinstance(identifier, str) else ".".join(identifier)
        try:
            location = self._pointer(name).read_text()
        except FileNotFoundError as error:
            raise NoSuchTableError(name) from error
        metadata = FromInputFile.table_metadata(self.io.new_input(location))
        return Table(tuple(name.split(".")), metadata, location, self.io, cast("Catalog", self))

    def supports_server_side_planning(self) -> bool:
        return False

    def _delete_old_metadata(self, io: Any, base: TableMetadata, metadata: TableMetadata) -> None:
        """Old versions stay."""

    def commit_table(self, table: Table, requirements: Any, updates: Any) -> CommitTableResponse:
        name = ".".join(table.name())
        current = self.load_table(name)
        for requirement in requirements:
            requirement.validate(current.metadata)
        metadata = update_table_metadata(current.metadata, updates, metadata_location=current.metadata_location)
        version = int(current.metadata_location.rsplit("/", 1)[-1].split(".")[0]) + 1
        location = self._write(name, metadata, version)
        return CommitTableResponse.model_validate({"metadata": metadata, "metadata-location": location})

    def _write(self, name: str, metadata: TableMetadata, version: int) -> str:
        location = f"{metadata.location}/metadata/{version:05}.metadata.json"
        if Path(location.removeprefix("file://")).exists():
            raise CommitFailedException(f"{name} has version {version}")
        ToOutputFile.table_metadata(metadata, self.io.new_output(location))
        self._pointer(name).write_text(location)
        return location
