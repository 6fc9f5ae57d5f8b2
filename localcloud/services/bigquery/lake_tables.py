"""Tables of the lake as the service's owner identity sees them: schemas, sizes, rows.

Rows come through pyiceberg's scan and not through DuckDB's read_parquet over the table's files: the scan resolves
columns by field id, so files from before a schema change, renamed columns, partition evolution and delete files are
right by construction. What a query doesn't need is not read: columns and simple predicates go into the scan.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa
import requests
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import NoSuchNamespaceError, NoSuchTableError, RESTError
from pyiceberg.expressions import AlwaysTrue, BooleanExpression
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.manifest import DataFile
from pyiceberg.table import DataScan, StaticTable, Table
from pyiceberg.types import ListType, MapType, NestedField, StructType

from localcloud.services.bigquery.errors import invalid, not_found
from localcloud.services.bigquery.types import Field, of_iceberg
from localcloud.services.common import GoogleError
from localcloud.services.lake_access import OwnerToken, storage_properties
from localcloud.settings import LocalCloud

ROW_COUNT_COLUMN = "_row"


@dataclass(frozen=True)
class Scan:
    """What a query reads of one reference to a table. `columns` are the table's own names, none for a mere count."""

    table: Table
    columns: tuple[str, ...] = ()
    row_filter: BooleanExpression = field(default_factory=AlwaysTrue)
    limit: int | None = None

    @property
    def fields(self) -> list[Field]:
        return [of_iceberg(column) for column in self.table.schema().fields]

    def narrowed(self, columns: tuple[str, ...], row_filter: BooleanExpression, limit: int | None) -> Scan:
        return replace(self, columns=columns, row_filter=row_filter, limit=limit)

    def _scan(self) -> DataScan:
        return self.table.scan(self.row_filter, selected_fields=self.columns or ("*",), limit=self.limit)

    def empty(self) -> pa.Table:
        """No rows, the right columns: enough to check a query and to know its result's schema."""
        schema = schema_to_pyarrow(self.table.schema().select(*self.columns), include_field_ids=False)
        return schema.empty_table() if self.columns else _counted(0)

    def read(self) -> pa.Table:
        return self._scan().to_arrow() if self.columns else _counted(self._scan().count())

    def bytes_to_read(self) -> int:
        """Stored bytes of the columns in the files that the filter leaves, with their delete files. A count is free."""
        if not self.columns:
            return 0
        wanted = {leaf for name in self.columns for leaf in _leaves(self.table.schema().find_field(name))}
        tasks = list(self._scan().plan_files())
        deletes = {file.file_path: file.file_size_in_bytes for task in tasks for file in task.delete_files}
        return sum(_bytes_of(task.file, wanted) for task in tasks) + sum(deletes.values())


def _counted(rows: int) -> pa.Table:
    return pa.table({ROW_COUNT_COLUMN: pa.nulls(rows, pa.int8())})


def _bytes_of(file: DataFile, field_ids: set[int]) -> int:
    """The columns' sizes where the manifest has them, else the whole file's."""
    if not file.column_sizes:
        return file.file_size_in_bytes
    return sum(size for field_id, size in file.column_sizes.items() if field_id in field_ids)


def _leaves(column: NestedField) -> list[int]:
    kind = column.field_type
    if isinstance(kind, StructType):
        return [leaf for child in kind.fields for leaf in _leaves(child)]
    if isinstance(kind, ListType):
        return _leaves(kind.element_field)
    if isinstance(kind, MapType):
        return _leaves(kind.key_field) + _leaves(kind.value_field)
    return [column.field_id]


class Lake:
    """Loads tables from the cloud's Iceberg catalogue. Safe for threads."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.owner = OwnerToken(cloud)
        self._catalogs: dict[str, tuple[str, RestCatalog]] = {}
        self._lock = threading.Lock()

    def table(self, project: str, catalog: str, namespace: str, name: str) -> Table:
        """The table's current version. Errors: 404 with its full name, 503 if the catalogue doesn't answer."""
        full_name = f"{project}.{catalog}.{namespace}.{name}"
        try:
            return self._catalog(f"projects/{project}/catalogs/{catalog}").load_table((namespace, name))
        except (NoSuchTableError, NoSuchNamespaceError) as error:
            raise not_found("Table", full_name) from error
        except RESTError as error:
            if "NoSuchWarehouseException" in str(error):
                raise not_found("Table", f"{full_name}: there is no catalog {catalog} in project {project}") from error
            raise GoogleError(503, f"The catalogue failed on {full_name}: {error}", "backendError") from error
        except requests.ConnectionError as error:
            raise GoogleError(503, f"The Iceberg service does not answer at {self.cloud.url('iceberg')}") from error

    def _catalog(self, name: str) -> RestCatalog:
        token = self.owner.get()
        with self._lock:
            known_token, known = self._catalogs.get(name, ("", None))
        if known is not None and known_token == token:
            return known
        uri = self.cloud.url("iceberg") + "/iceberg/v1/restcatalog"
        made = RestCatalog("lake", uri=uri, warehouse=f"bl://{name}", token=token)
        with self._lock:
            self._catalogs[name] = (token, made)
        return made

    def external(self, metadata_location: str) -> Table:
        """A table read from a metadata file, at the version that file describes."""
        properties: dict[str, Any] = storage_properties(self.cloud, self.owner.get())
        try:
            return StaticTable.from_metadata(metadata_location, properties)
        except (OSError, ValueError) as error:
            raise invalid(f"{metadata_location} can't be read as an Iceberg table's metadata: {error}") from error
