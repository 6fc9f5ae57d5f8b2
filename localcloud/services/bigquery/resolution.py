"""Names of a query resolved: every column with its table, every * written out, every result's column with a name."""

from __future__ import annotations

from collections import Counter

from sqlglot import exp
from sqlglot.errors import OptimizeError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.resolver import Resolver
from sqlglot.optimizer.scope import Scope, traverse_scope
from sqlglot.schema import MappingSchema

from localcloud.services.bigquery.errors import at, invalid_query
from localcloud.services.bigquery.googlesql import DIALECT
from localcloud.services.bigquery.grouping import with_keys
from localcloud.services.bigquery.types import ANONYMOUS
from localcloud.services.bigquery.unnesting import with_known_fields


def name_unnamed(tree: exp.Expr) -> None:
    """Name unnamed columns f0_, f1_, ... as BigQuery does, and unnamed fields of SELECT AS STRUCT by their place."""
    for select in tree.find_all(exp.Select):
        unnamed = 0
        for place, one in enumerate(select.selects, start=1):
            if not one.is_star and not isinstance(one, (exp.Alias, exp.Column, exp.Dot)):
                name = ANONYMOUS.format(place) if select.args.get("kind") == "STRUCT" else f"f{unnamed}_"
                one.replace(exp.alias_(one.copy(), name))
                unnamed += 1


def resolved(tree: exp.Expr, schema: MappingSchema) -> exp.Query:
    """The query with its names resolved. Errors: GoogleError 400 for one that is unknown or ambiguous."""
    tree = with_known_fields(tree, schema, DIALECT)
    try:
        tree = qualify(tree, schema=schema, dialect=DIALECT)
    except OptimizeError:
        for scope in traverse_scope(tree):
            _refuse_ambiguous(scope, schema)
        raise
    for scope in traverse_scope(tree):
        if isinstance(scope.expression, exp.Select) and any(one.is_star for one in scope.expression.selects):
            refuse_duplicates([name for source in scope.sources for name in _columns(scope, source, schema)])
            raise invalid_query("A star over what is no struct, or none whose fields are known here, is not supported")
    assert isinstance(tree, exp.Query)
    with_keys(tree)
    return tree


def _columns(scope: Scope, source: str, schema: MappingSchema) -> list[str]:
    return list(Resolver(scope, schema).get_source_columns(source))


def _refuse_ambiguous(scope: Scope, schema: MappingSchema) -> None:
    for column in scope.columns:
        if not column.table:
            found = [source for source in scope.selected_sources if column.name in _columns(scope, source, schema)]
            if len(found) > 1:
                raise at(f"Column name {column.name} is ambiguous", column.this)


def refuse_duplicates(names: list[str]) -> None:
    twice = [name for name, count in Counter(name.lower() for name in names).items() if count > 1]
    if twice:
        raise invalid_query(
            f"Duplicate column names in the result are not supported. Found duplicate(s): {', '.join(twice)}"
        )
