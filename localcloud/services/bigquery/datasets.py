"""Datasets and the tables in them: views over the lake, and Iceberg tables by their metadata file."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from typing import Any

from pyiceberg.table import Table

from localcloud.services.bigquery.errors import invalid, invalid_query, not_found
from localcloud.services.bigquery.information_schema import INFORMATION_SCHEMA, columns_view, tables_view
from localcloud.services.bigquery.lake_tables import Lake
from localcloud.services.bigquery.planner import plan
from localcloud.services.bigquery.sources import Rows, View
from localcloud.services.bigquery.types import Field, of_iceberg
from localcloud.services.common import GoogleError, merged, object_in
from localcloud.services.record_store import RecordStore
from localcloud.settings import LocalCloud

Resource = dict[str, Any]

DATASET_ID = re.compile(r"\w{1,1024}", re.ASCII)
TABLE_ID = re.compile(r"[\w \-]{1,1024}")
OUTPUT_ONLY = ("kind", "id", "selfLink", "etag", "creationTime", "lastModifiedTime", "type", "schema")
DEFAULT_LOCATION = "US"


class Datasets:
    """The records, and the look-up of every name a query may use (planner.Names)."""

    def __init__(self, cloud: LocalCloud, lake: Lake) -> None:
        folder = cloud.folder("bigquery")
        self.datasets = RecordStore(folder / "datasets")
        self.tables = RecordStore(folder / "tables")
        self.lake = lake
        self._changing = threading.Lock()
        self.address = cloud.url("bigquery") + "/bigquery/v2"

    # Datasets

    def insert_dataset(self, project: str, body: Resource) -> Resource:
        dataset = str(object_in(body, "datasetReference").get("datasetId", ""))
        if not DATASET_ID.fullmatch(dataset):
            raise invalid(f"Invalid dataset ID {dataset!r}: letters, digits and underscores, at most 1024")
        reference = {"projectId": project, "datasetId": dataset}
        record = {"kind": "bigquery#dataset", "location": DEFAULT_LOCATION, **_inputs(body)}
        record |= {"id": f"{project}:{dataset}", "datasetReference": reference}
        record["selfLink"] = f"{self.address}/projects/{project}/datasets/{dataset}"
        return self._create(self.datasets, f"{project}:{dataset}", record, "Dataset")

    def dataset(self, project: str, dataset: str) -> Resource:
        record = self.datasets.get(f"{project}:{dataset}")
        if record is None:
            raise not_found("Dataset", f"{project}:{dataset}")
        return _with_etag(record)

    def list_datasets(self, project: str) -> list[Resource]:
        return [record for _, record in self.datasets.items(f"{project}:")]

    def change_dataset(self, project: str, dataset: str, body: Resource, match: str | None, replace: bool) -> Resource:
        with self._changing:
            old = self.dataset(project, dataset)
            return self._change(self.datasets, f"{project}:{dataset}", old, body, match, replace)

    def delete_dataset(self, project: str, dataset: str, contents: bool) -> None:
        self.dataset(project, dataset)
        inside = [name for name, _ in self.tables.items(f"{project}:{dataset}.")]
        if inside and not contents:
            raise GoogleError(400, f"Dataset {project}:{dataset} is still in use", "resourceInUse")
        for name in inside:
            self.tables.delete(name)
        self.datasets.delete(f"{project}:{dataset}")

    # Tables

    def insert_table(self, project: str, dataset: str, body: Resource) -> Resource:
        """Make a view or an external Iceberg table. Errors: 400 if its query or metadata is wrong, 409 if it exists."""
        location = self.dataset(project, dataset)["location"]
        table = str(object_in(body, "tableReference").get("tableId", ""))
        if not TABLE_ID.fullmatch(table):
            raise invalid(f"Invalid table ID {table!r}")
        name = f"{project}:{dataset}.{table}"
        record = {"kind": "bigquery#table", **_inputs(body), "id": name, "location": location}
        record["tableReference"] = {"projectId": project, "datasetId": dataset, "tableId": table}
        record["selfLink"] = f"{self.address}/projects/{project}/datasets/{dataset}/tables/{table}"
        record["type"] = "VIEW" if "view" in record else "EXTERNAL"
        record["schema"] = {"fields": self._schema(record)}
        return self._create(self.tables, name, record, "Table")

    def table(self, project: str, dataset: str, table: str) -> Resource:
        self.dataset(project, dataset)
        record = self.tables.get(f"{project}:{dataset}.{table}")
        if record is None:
            raise not_found("Table", f"{project}:{dataset}.{table}")
        return _with_etag(record)

    def with_schema(self, record: Resource) -> Resource:
        """The table with its present schema: a view's follows the tables below it.

        A view whose tables are gone is still there, with the schema it last had.
        """
        try:
            return record | {"schema": {"fields": self._schema(record)}}
        except GoogleError:
            return record

    def list_tables(self, project: str, dataset: str) -> list[Resource]:
        self.dataset(project, dataset)
        return [record for _, record in self.tables.items(f"{project}:{dataset}.")]

    def change_table(self, name: tuple[str, str, str], body: Resource, match: str | None, replace: bool) -> Resource:
        with self._changing:
            old = self.table(*name)
            schema = {"fields": self._schema(_merged(old, body, replace))}
            return self._change(self.tables, old["id"], old | {"schema": schema}, body, match, replace)

    def delete_table(self, project: str, dataset: str, table: str) -> None:
        self.tables.delete(self.table(project, dataset, table)["id"])

    def _schema(self, record: Resource) -> list[Field]:
        """The schema of a view or external table; also the check that it can be read at all."""
        thing = self._thing(record)
        if isinstance(thing, View):
            return plan(thing.query, _Without(self, record["id"]), thing.project, None, {}).fields
        return [of_iceberg(column) for column in thing.schema().fields]

    def _thing(self, record: Resource) -> Table | View:
        if "view" in record:
            view = object_in(record, "view")
            if view.get("useLegacySql", True):
                raise invalid_query("A view in legacy SQL is not supported; set useLegacySql to false")
            return View(str(view.get("query", "")), record["tableReference"]["projectId"])
        external = object_in(record, "externalDataConfiguration")
        addresses = external.get("sourceUris")
        if external.get("sourceFormat") == "ICEBERG" and isinstance(addresses, list) and len(addresses) == 1:
            return self.lake.external(str(addresses[0]))
        raise invalid(
            f"Table {record['id']} must be a view, or external with sourceFormat ICEBERG and one metadata file in "
            "sourceUris: tables with data of their own live in the lake and are written by Spark and Beam"
        )

    # Names in queries

    def lookup(self, parts: tuple[str, ...], project: str, dataset: str | None) -> tuple[str, Table | View | Rows]:
        """What a name in a query stands for.

        Forms: `dataset.table`, `project.dataset.table` and, of the lake, `project.catalog.namespace.table`.
        """
        if parts[-1].upper().startswith(INFORMATION_SCHEMA):
            _refuse_other_information(parts)
        if len(parts) == 1 and dataset is not None:
            parts = (dataset, *parts)
        if len(parts) == 4:
            return ".".join(parts), self.lake.table(*parts)
        if len(parts) == 2:
            parts = (project, *parts)
        if len(parts) != 3:
            example = "(e.g. dataset.table or project.catalog.namespace.table)"
            raise invalid_query(f'Table "{".".join(parts)}" must be qualified with a dataset {example}')
        if parts[2].upper().startswith(INFORMATION_SCHEMA):
            return ".".join(parts), self._information(*parts)
        return ".".join(parts), self._thing(self.table(*parts))

    def _information(self, project: str, dataset: str, view: str) -> Rows:
        records = self.list_tables(project, dataset)
        if view.upper() == INFORMATION_SCHEMA + "TABLES":
            return tables_view(records)
        return columns_view([self.with_schema(record) for record in records])

    # Records

    def _create(self, store: RecordStore, name: str, record: Resource, kind: str) -> Resource:
        now = str(int(time.time() * 1000))
        try:
            return _with_etag(store.create(name, record | {"creationTime": now, "lastModifiedTime": now}))
        except GoogleError as error:
            if error.code != 409:
                raise
            raise GoogleError(409, f"Already Exists: {kind} {name}", "duplicate") from error

    def _change(
        self, store: RecordStore, name: str, old: Resource, body: Resource, match: str | None, replace: bool
    ) -> Resource:
        if match is not None and match not in ("*", old["etag"]):
            raise GoogleError(412, f"{name} was changed meanwhile; read it again", "conditionNotMet")
        changed = _merged(old, body, replace) | {"lastModifiedTime": str(int(time.time() * 1000))}
        return _with_etag(store.put(name, changed))


def _refuse_other_information(parts: tuple[str, ...]) -> None:
    """Errors: 400 for what INFORMATION_SCHEMA has of a region, and has of a dataset and not here."""
    view = parts[-1].upper()
    if len(parts) > 1 and parts[-2].lower().startswith("region-"):
        raise invalid_query(f"{view} of a region is not offered here: ask for that of a dataset")
    if view.removeprefix(INFORMATION_SCHEMA) not in ("TABLES", "COLUMNS"):
        raise invalid_query(f"{view} is not offered here: INFORMATION_SCHEMA has TABLES and COLUMNS of a dataset")


class _Without:
    """Names as a view's own query sees them at its creation: itself is a cycle even before it is stored."""

    def __init__(self, datasets: Datasets, own: str) -> None:
        self.datasets = datasets
        self.own = own.replace(":", ".")

    def lookup(self, parts: tuple[str, ...], project: str, dataset: str | None) -> tuple[str, Table | View | Rows]:
        full_name = ".".join(parts if len(parts) > 2 else (project, *parts))
        if full_name == self.own:
            raise invalid_query(f"View {self.own} refers to itself")
        return self.datasets.lookup(parts, project, dataset)


def _inputs(body: Resource) -> Resource:
    return {key: value for key, value in body.items() if key not in OUTPUT_ONLY and value is not None}


def _merged(old: Resource, body: Resource, replace: bool) -> Resource:
    """A JSON merge patch (RFC 7396); with `replace` what the body leaves out is gone, save what is its identity."""
    identity = (*OUTPUT_ONLY, "datasetReference", "tableReference", "location")
    if replace:
        kept = {key: value for key, value in old.items() if key in identity}
        return kept | {key: value for key, value in _inputs(body).items() if key not in identity}
    return merged(old, {key: value for key, value in body.items() if key not in identity})


def _with_etag(record: Resource) -> Resource:
    content = {key: value for key, value in record.items() if key != "etag"}
    return content | {"etag": hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:24]}
