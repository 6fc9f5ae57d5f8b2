"""From a query's text to what runs: views expanded, names resolved, reads narrowed, SQL for the engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import duckdb
import pyarrow as pa
import sqlglot
from pyiceberg.table import Table
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.expressions.dml import DML
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope
from sqlglot.schema import MappingSchema

from localcloud.services.bigquery import parameters
from localcloud.services.bigquery.dialect import to_engine
from localcloud.services.bigquery.errors import invalid_query, of_duckdb, of_sqlglot
from localcloud.services.bigquery.lake_tables import Scan
from localcloud.services.bigquery.pushdown import narrowed
from localcloud.services.bigquery.spelling import TableColumns, output_names, remember
from localcloud.services.bigquery.types import Field, fields_of, refuse_null_elements, sql_type, with_int64

Options = dict[str, str | bool | int | float | list[str]]

DIALECT = "bigquery"
MAXIMUM_VIEW_DEPTH = 16
PLAIN_SELECT = {"expressions", "from", "from_", "kind"}
WRITES = (DML, exp.Merge, exp.Create, exp.Alter, exp.Drop, exp.TruncateTable, exp.LoadData)


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


@dataclass(frozen=True)
class Plan:
    """A checked query: `sql` runs in the engine once its scans and rows are registered under their names."""

    sql: str
    fields: list[Field]
    scans: dict[str, Scan]
    rows: dict[str, pa.Table]
    referenced: list[str]

    def bytes_to_read(self) -> int:
        return sum(scan.bytes_to_read() for scan in self.scans.values())


@dataclass
class _Sources:
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


@contextmanager
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB of one query's own that sees nothing but the tables registered with it: no files, no network."""
    locked: Options = {"enable_external_access": "false", "python_enable_replacements": "false"}
    no_extensions: Options = {"autoload_known_extensions": "false", "autoinstall_known_extensions": "false"}
    with duckdb.connect(":memory:", config=locked | no_extensions) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET ieee_floating_point_ops = false")  # x / 0 is an error in BigQuery
        connection.execute("SET lock_configuration = true")
        yield connection


def plan(query: str, names: Names, project: str, dataset: str | None, values: parameters.Values) -> Plan:
    """Check a query and work out what it reads; nothing but metadata is read here.

    Errors: GoogleError 400 invalidQuery for SQL that is wrong or not supported, 404 for a missing table.
    """
    sources = _Sources(names)
    referenced: list[str] = []
    try:
        tree = parameters.substitute(_parse(parameters.name_positional(query)), values)
        tree = _expanded(tree, sources, project, dataset, (), referenced)
        _name_unnamed(tree)
        remember(tree)
        schema = sources.schema()
        tree = qualify(tree, schema=schema, dialect=DIALECT)
        assert isinstance(tree, exp.Query)
        names_out = output_names(tree, sources.column_names())
        _refuse_duplicates(names_out)
        tree = pushdown_projections(annotate_types(tree, schema=schema, dialect=DIALECT))
        with engine() as connection:
            scans = narrowed(tree, sources.scans, connection)
            rows = {name: one.table for name, one in sources.rows.items()}
            sql = to_engine(annotate_types(tree, schema=schema, dialect=DIALECT))
            fields = _checked(connection, sql, names_out, {name: scan.empty() for name, scan in scans.items()} | rows)
    except SqlglotError as error:
        raise of_sqlglot(error) from error
    return Plan(sql, fields, scans, rows, referenced)


def _checked(
    connection: duckdb.DuckDBPyConnection, sql: str, names: list[str], tables: dict[str, pa.Table]
) -> list[Field]:
    """Let the engine bind the query to empty tables: its errors and the result's schema, before any data is read."""
    for name, table in tables.items():
        connection.register(name, table)
    try:
        return fields_of(connection.sql(sql), names)
    except duckdb.Error as error:
        raise of_duckdb(error) from error


def _parse(query: str) -> exp.Expr:
    parsed = sqlglot.parse(query, dialect=DIALECT)
    statements = [one for one in parsed if one is not None and not isinstance(one, exp.Semicolon)]  # a mere comment
    if len(statements) != 1:
        raise invalid_query(f"One statement at a time, please: the query has {len(statements)}")
    (tree,) = statements
    if isinstance(tree, WRITES) or not isinstance(tree, exp.Query):
        raise invalid_query(
            f"{sqlglot.tokenize(query, read=DIALECT)[0].text.upper()} is not supported: tables of the lake are written "
            "by Spark and Beam through the Iceberg catalogue; only SELECT runs here"
        )
    return tree


def _expanded(
    tree: exp.Expr,
    sources: _Sources,
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
    view: View, full_name: str, sources: _Sources, inside: tuple[str, ...], referenced: list[str]
) -> exp.Expr:
    path = (*inside, full_name)
    if full_name in inside:
        raise invalid_query(f"View {full_name} refers to itself: {' -> '.join(path)}")
    if len(path) > MAXIMUM_VIEW_DEPTH:
        raise invalid_query(f"Views are nested deeper than {MAXIMUM_VIEW_DEPTH}: {' -> '.join(path)}")
    return _expanded(_parse(view.query), sources, view.project, None, path, referenced)


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


def _name_unnamed(tree: exp.Expr) -> None:
    """Name unnamed columns f0_, f1_, ... as BigQuery does."""
    for select in tree.find_all(exp.Select):
        if select.args.get("kind") is not None:
            continue
        unnamed = 0
        for one in list(select.selects):
            if not one.is_star and not isinstance(one, (exp.Alias, exp.Column, exp.Dot)):
                one.replace(exp.alias_(one.copy(), f"f{unnamed}_"))
                unnamed += 1


def _refuse_duplicates(names: list[str]) -> None:
    twice = [name for name, count in Counter(name.lower() for name in names).items() if count > 1]
    if twice:
        raise invalid_query(
            f"Duplicate column names in the result are not supported. Found duplicate(s): {', '.join(twice)}"
        )


def result_of(plan_: Plan, connection: duckdb.DuckDBPyConnection, go_on: Callable[[], None]) -> tuple[pa.Table, int]:
    """Read the scans and run the plan: its rows, and how many it read.

    `go_on` is called before each step and raises to stop it.
    """
    read = 0
    for name, table in plan_.rows.items():
        connection.register(name, table)
        read += table.num_rows
    for name, scan in plan_.scans.items():
        go_on()
        table = scan.read()
        connection.register(name, table)
        read += table.num_rows
    go_on()
    try:
        table = connection.sql(plan_.sql).to_arrow_table().rename_columns([one["name"] for one in plan_.fields])
    except duckdb.Error as error:
        raise of_duckdb(error) from error
    refuse_null_elements(table, plan_.fields)
    return with_int64(table, plan_.fields), read
