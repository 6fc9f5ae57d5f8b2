"""What a query reads: each table's name replaced by a source, each view by its query, down to the lake."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa
from pyiceberg.table import Table
from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope
from sqlglot.schema import MappingSchema

from localcloud.services.bigquery.errors import invalid_query
from localcloud.services.bigquery.googlesql import DIALECT
from localcloud.services.bigquery.lake_tables import Scan
from localcloud.services.bigquery.spelling import TableColumns
from localcloud.services.bigquery.statements import parsed
from localcloud.services.bigquery.types import Field, sql_type
from localcloud.services.bigquery.unnesting import is_array, unnested

MAXIMUM_VIEW_DEPTH = 16
PLAIN_SELECT = {"expressions", "from", "from_", "kind"}


@dataclass(frozen=True)
class View:
    """A view's query; names in it without a project are in `project`."""

    query: str
    project: str


@dataclass(frozen=True)
class Rows:
    """A small table made by the service itself, as INFORMATION_SCHEMA's are."""

    fields: list[Field]
    table: pa.Table


class Names(Protocol):
    """Finds what a table's name stands for."""

    def lookup(self, parts: tuple[str, ...], project: str, dataset: str | None) -> tuple[str, Table | View | Rows]:
        """The full name and the thing; GoogleError 404 if there is none."""
        ...


@dataclass
class Sources:
    """The tables of one query, each reference under a name of its own; a table is loaded once, at one version."""

    names: Names
    full_names: dict[tuple[tuple[str, ...], str, str | None], str] = field(default_factory=dict)
    loaded: dict[str, Table | View | Rows] = field(default_factory=dict)
    scans: dict[str, Scan] = field(default_factory=dict)
    rows: dict[str, Rows] = field(default_factory=dict)

    def find(self, parts: tuple[str, ...], project: str, dataset: str | None) -> tuple[str, Table | View | Rows]:
        key = (parts, project, dataset)
        if key not in self.full_names:
            self.full_names[key], found = self.names.lookup(parts, project, dataset)
            self.loaded.setdefault(self.full_names[key], found)
        full_name = self.full_names[key]
        return full_name, self.loaded[full_name]

    def add(self, found: Table | Rows) -> str:
        name = f"__lake_{len(self.scans) + len(self.rows)}"  # not a name a query would give
        if isinstance(found, Rows):
            self.rows[name] = found
        else:
            self.scans[name] = Scan(found)
        return name

    def _fields(self) -> dict[str, list[Field]]:
        of_scans = {name: scan.fields for name, scan in self.scans.items()}
        return of_scans | {name: rows.fields for name, rows in self.rows.items()}

    def schema(self) -> MappingSchema:
        types: dict[str, object] = {
            name: {one["name"]: sql_type(one) for one in columns} for name, columns in self._fields().items()
        }
        return MappingSchema(types, dialect=DIALECT)

    def column_names(self) -> TableColumns:
        """Columns as their tables spell them."""
        return {name: {one["name"].lower(): one["name"] for one in fields} for name, fields in self._fields().items()}


def expanded(
    tree: exp.Expr,
    sources: Sources,
    project: str,
    dataset: str | None,
    inside: tuple[str, ...],
    referenced: list[str],
) -> exp.Expr:
    """Replace each table's name by a source, each view by its query, down to the lake. `inside`: views around it."""
    for scope in traverse_scope(tree):
        for source in list(scope.sources.values()):
            if isinstance(source, exp.Table) and isinstance(source.this, exp.Func):
                function = source.this.name if isinstance(source.this, exp.Anonymous) else source.this.sql_name()
                raise invalid_query(f"Table-valued function not found: {function.lower()}")
            if not isinstance(source, exp.Table) or not isinstance(source.this, (exp.Identifier, exp.Dot)):
                continue
            if is_array(source, scope):
                source.replace(unnested(source))
                continue
            if source.args.get("version") is not None:
                raise invalid_query("FOR SYSTEM_TIME AS OF is not supported here")
            full_name, found = sources.find(tuple(part.name for part in source.parts), project, dataset)
            if full_name not in referenced:
                referenced.append(full_name)
            alias = source.args.get("alias") or exp.TableAlias(
                this=exp.to_identifier(source.parts[-1].name.split(".")[-1])
            )
            if isinstance(found, View):
                body = _view_body(found, full_name, sources, inside, referenced)
                replacement = _inlined(body, alias)
            else:
                replacement = exp.Table(this=exp.to_identifier(sources.add(found)), alias=alias)
            for name in ("joins", "laterals", "pivots", "sample"):
                if source.args.get(name):
                    replacement.set(name, source.args[name])
            source.replace(replacement)
    return tree


def _view_body(
    view: View, full_name: str, sources: Sources, inside: tuple[str, ...], referenced: list[str]
) -> exp.Expr:
    path = (*inside, full_name)
    if full_name in inside:
        raise invalid_query(f"View {full_name} refers to itself: {' -> '.join(path)}")
    if len(path) > MAXIMUM_VIEW_DEPTH:
        raise invalid_query(f"Views are nested deeper than {MAXIMUM_VIEW_DEPTH}: {' -> '.join(path)}")
    return expanded(parsed(view.query), sources, view.project, None, path, referenced)


def _inlined(body: exp.Expr, alias: exp.TableAlias) -> exp.Expr:
    """A view as a subquery; one that is only SELECT * FROM a table as that table, so that predicates reach it."""
    if isinstance(body, exp.Select) and not {name for name, value in body.args.items() if value} - PLAIN_SELECT:
        inner = body.find(exp.Table)
        plain_star = (
            len(body.selects) == 1 and isinstance(body.selects[0], exp.Star) and not any(body.selects[0].args.values())
        )
        if plain_star and inner is not None and _is_plain(inner) and inner.parent and inner.parent.parent is body:
            return exp.Table(this=inner.this, alias=alias)
    return exp.Subquery(this=body, alias=alias)


def _is_plain(table: exp.Table) -> bool:
    """No PIVOT, no TABLESAMPLE, no join."""
    return not {name for name, value in table.args.items() if value} - {"this", "alias"}
