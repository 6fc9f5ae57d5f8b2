"""From a query's text to what runs: views expanded, names resolved, reads narrowed, SQL for the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import pyarrow as pa
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.pushdown_projections import pushdown_projections

from localcloud.services.bigquery import parameters
from localcloud.services.bigquery.aggregates import with_modifiers
from localcloud.services.bigquery.arithmetic import with_exact_literals
from localcloud.services.bigquery.constants import refuse_values
from localcloud.services.bigquery.dialect import to_engine
from localcloud.services.bigquery.errors import of_duckdb, of_sqlglot
from localcloud.services.bigquery.functions import declare
from localcloud.services.bigquery.json_values import with_json_values
from localcloud.services.bigquery.lake_tables import Scan
from localcloud.services.bigquery.ordering import with_nan_first
from localcloud.services.bigquery.pushdown import narrowed
from localcloud.services.bigquery.quantified import with_likes
from localcloud.services.bigquery.resolution import name_unnamed, refuse_duplicates, resolved
from localcloud.services.bigquery.set_operations import refuse_types
from localcloud.services.bigquery.sources import Names, Sources, expanded
from localcloud.services.bigquery.spelling import output_names, remember
from localcloud.services.bigquery.statements import parsed
from localcloud.services.bigquery.structs import by_position, constructed
from localcloud.services.bigquery.types import Field, fields_of, refuse_null_elements, with_int64
from localcloud.services.bigquery.unnesting import annotated, named, with_plain_values
from localcloud.services.bigquery.value_tables import as_columns, with_fields

Options = dict[str, str | bool | int | float | list[str]]


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
    sources = Sources(names)
    referenced: list[str] = []
    try:
        tree = parameters.substitute(parsed(parameters.name_positional(query)), values)
        tree = expanded(tree, sources, project, dataset, (), referenced)
        refuse_values(tree)
        tree = as_columns(constructed(tree))
        name_unnamed(tree)
        remember(tree)
        schema = sources.schema()
        tree = resolved(tree, schema)
        names_out = named(output_names(tree, sources.column_names()))
        refuse_duplicates(names_out)
        tree = with_plain_values(tree)
        tree = annotated(tree, schema)
        refuse_types(tree)
        tree = pushdown_projections(with_exact_literals(tree))
        with engine() as connection:
            scans = narrowed(tree, sources.scans, connection)
            rows = {name: one.table for name, one in sources.rows.items()}
            tree = with_modifiers(with_nan_first(annotated(tree, schema)))
            sql = to_engine(by_position(with_likes(with_json_values(tree))))
            fields = _checked(connection, sql, names_out, {name: scan.empty() for name, scan in scans.items()} | rows)
    except SqlglotError as error:
        raise of_sqlglot(error) from error
    sql, fields = with_fields(tree, sql, fields)
    return Plan(sql, fields, scans, rows, referenced)


def _checked(
    connection: duckdb.DuckDBPyConnection, sql: str, names: list[str], tables: dict[str, pa.Table]
) -> list[Field]:
    """Let the engine bind the query to empty tables: its errors and the result's schema, before any data is read."""
    for name, table in tables.items():
        connection.register(name, table)
    try:
        declare(connection, sql)
        return fields_of(connection.sql(sql), names)
    except duckdb.Error as error:
        raise of_duckdb(error) from error


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
        declare(connection, plan_.sql)
        table = connection.sql(plan_.sql).to_arrow_table().rename_columns([one["name"] for one in plan_.fields])
    except duckdb.Error as error:
        raise of_duckdb(error) from error
    refuse_null_elements(table, plan_.fields)
    return with_int64(table, plan_.fields), read
