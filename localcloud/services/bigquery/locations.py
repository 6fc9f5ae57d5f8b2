"""Where a job runs: where its datasets are.

source: docs.cloud.google.com/bigquery/docs/locations#specify_locations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlglot
from pyiceberg.table import Table
from sqlglot import exp
from sqlglot.errors import SqlglotError

from localcloud.services.bigquery.datasets import DEFAULT_LOCATION, Datasets
from localcloud.services.bigquery.errors import not_found
from localcloud.services.bigquery.sources import Rows, View
from localcloud.services.bigquery.statements import DIALECT
from localcloud.services.common import object_in


@dataclass(frozen=True)
class InLocation:
    """Names as a query in one location finds them: a dataset elsewhere is not found."""

    datasets: Datasets
    location: str

    def lookup(self, parts: tuple[str, ...], project: str, dataset: str | None) -> tuple[str, Table | View | Rows]:
        full_name, found = self.datasets.lookup(parts, project, dataset)
        owner, name, *rest = full_name.split(".")
        if len(rest) == 1 or rest[0].upper() == "INFORMATION_SCHEMA":  # the lake's catalogs have no location here
            there = self.datasets.dataset(owner, name)["location"]
            if there.lower() != self.location.lower():
                raise not_found("Dataset", f"{owner}:{name} was not found in location {self.location}")
        return full_name, found


def location_of(query: dict[str, Any], datasets: Datasets, project: str) -> str:
    """The location of the first dataset that a query names and that is there; else the default."""
    default = object_in(query, "defaultDataset")
    for owner, name in [(default.get("projectId") or project, default.get("datasetId")), *_named(query, project)]:
        record = datasets.datasets.get(f"{owner}:{name}") if name else None
        if record is not None:
            return record["location"]
    return DEFAULT_LOCATION


def _named(query: dict[str, Any], project: str) -> list[tuple[str, str]]:
    try:
        statements = sqlglot.parse(query.get("query") or "", dialect=DIALECT)
    except SqlglotError:  # the job itself says so
        return []
    tables = [table for one in statements if one is not None for table in one.find_all(exp.Table)]
    return [(table.catalog or project, table.db) for table in tables if table.db]
