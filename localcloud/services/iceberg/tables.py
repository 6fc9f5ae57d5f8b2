"""Tables: create, load, register, rename, drop. Changes of existing ones are in commits.py."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pyiceberg.catalog import LOCATION
from pyiceberg.catalog.rest import CreateTableRequest
from pyiceberg.exceptions import ValidationError as IcebergValidationError
from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC
from pyiceberg.table.metadata import TableMetadata, new_table_metadata
from pyiceberg.table.sorting import UNSORTED_SORT_ORDER

from localcloud.services.iceberg.catalog_store import CatalogStore, PointerMoved, Swap, TableName
from localcloud.services.iceberg.commits import check_location, new_metadata_location
from localcloud.services.iceberg.errors import already_exists, bad_request, no_such_table, read
from localcloud.services.iceberg.file_io import ObjectStore
from localcloud.services.iceberg.format_versions import check_schemas, parsed, to_json, with_defaults, with_row_ids
from localcloud.services.iceberg.names import check_name

# What Iceberg's Java library puts on every new table; its writers' default without it is the slower gzip.
NEW_TABLE_PROPERTIES = {"write.parquet.compression-codec": "zstd"}


class Identifier(BaseModel):
    namespace: list[str]
    name: str


class RenameTable(BaseModel):
    source: Identifier
    destination: Identifier


class RegisterTable(BaseModel):
    model_config = ConfigDict(populate_by_name=True)
    name: str
    metadata_location: str = Field(alias="metadata-location")
    overwrite: bool = False


def create_request(body: dict[str, Any]) -> CreateTableRequest:
    """Parse a request to create a table. Iceberg's Java client leaves out what is null; pyiceberg's model wants it."""
    return read(CreateTableRequest, {"location": None, "partition-spec": None, "write-order": None} | body)


@dataclass(frozen=True)
class Loaded:
    """A table as a client gets it; `location` is None for one that is only staged. `metadata` is JSON."""

    location: str | None
    metadata: bytes


class Tables:
    """Operations on the tables of all catalogs."""

    def __init__(self, store: CatalogStore, objects: ObjectStore) -> None:
        self.store = store
        self.objects = objects

    def create(self, catalog: str, root: str, namespace: str, request: CreateTableRequest) -> Loaded:
        """Make a table, or only its first metadata (`stage-create`), with fresh ids for its fields.

        Errors: 409 if the table exists, 404 for the namespace, 400 for a location outside the catalog's `root`.
        """
        check_name("table", request.name)
        name = TableName(catalog, namespace, request.name)
        properties = self.store.namespace(catalog, namespace)
        if self.store.location(name) is not None:
            raise already_exists(f"Table {name}")
        parent = properties.get(LOCATION, f"{root.rstrip('/')}/{namespace}")
        location = (request.location or f"{parent.rstrip('/')}/{request.name}").rstrip("/")
        check_location(location, root)
        try:
            metadata = new_table_metadata(
                location=location,
                schema=request.table_schema,
                partition_spec=request.partition_spec or UNPARTITIONED_PARTITION_SPEC,
                sort_order=request.write_order or UNSORTED_SORT_ORDER,
                properties=NEW_TABLE_PROPERTIES | request.properties,
            )
            metadata = with_row_ids(with_defaults(metadata, request.table_schema))
            check_schemas(metadata)
        except (ValueError, IcebergValidationError) as error:
            raise bad_request(f"{name}: {error}") from error
        data = to_json(metadata)
        if request.stage_create:
            return Loaded(None, data)
        metadata_location = new_metadata_location(metadata, None)
        self.objects.write(metadata_location, data)
        try:
            self.store.swap([Swap(name, None, metadata_location)])
        except PointerMoved as error:
            self.objects.delete([metadata_location])
            raise already_exists(f"Table {name}") from error
        return Loaded(metadata_location, data)

    def location(self, name: TableName) -> str:
        """The current metadata file of a table, or a 404."""
        self.store.namespace(name.catalog, name.namespace)
        location = self.store.location(name)
        if location is None:
            raise no_such_table(str(name))
        return location

    def load(self, name: TableName, only_refs: bool = False) -> Loaded:
        """The table's metadata; with `only_refs` just the snapshots that branches and tags point to."""
        location = self.location(name)
        data = self.objects.read(location)
        if only_refs:
            metadata = json.loads(data)
            named = {ref["snapshot-id"] for ref in metadata.get("refs", {}).values()}
            metadata["snapshots"] = [snap for snap in metadata.get("snapshots", []) if snap["snapshot-id"] in named]
            data = json.dumps(metadata).encode()
        return Loaded(location, data)

    def register(self, catalog: str, root: str, namespace: str, request: RegisterTable) -> Loaded:
        """Make a table from a metadata file that exists; with `overwrite` an existing one is pointed to it."""
        check_name("table", request.name)
        name = TableName(catalog, namespace, request.name)
        self.store.namespace(catalog, namespace)
        check_location(request.metadata_location, root)
        data = self.objects.read(request.metadata_location)
        try:
            parsed(data)
        except ValueError as error:
            raise bad_request(f"{request.metadata_location} is not a table's metadata file") from error
        old = self.store.location(name) if request.overwrite else None
        try:
            self.store.swap([Swap(name, old, request.metadata_location)])
        except PointerMoved as error:
            raise already_exists(f"Table {name}") from error
        return Loaded(request.metadata_location, data)

    def drop(self, name: TableName, purge: bool) -> None:
        """Forget the table, then with `purge` delete its files: readers never see a table with files missing.

        Whether that can be read is seen before, for nothing leads to it once the table is forgotten.
        """
        if not purge:
            self.store.drop_table(name)
            return
        files = self.objects.files_of(self._metadata(self.location(name)))
        location = self.store.drop_table(name)
        metadata = self._metadata(location)
        self.objects.purge(files | self.objects.files_of(metadata), metadata, location)

    def _metadata(self, location: str) -> TableMetadata:
        return parsed(self.objects.read(location))
