"""How columns are spelled: names are compared without case, and results keep the case they were written in.

Resolving a query's names turns them to lower case, so each identifier remembers its spelling before that.
"""

from __future__ import annotations

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, build_scope

SPELLED = "spelled"

TableColumns = dict[str, dict[str, str]]  # {table: {column in lower case: column}}


def remember(tree: exp.Expr) -> None:
    for identifier in tree.find_all(exp.Identifier):
        identifier.meta[SPELLED] = identifier.name


def spelling(node: exp.Expr) -> str:
    """An identifier as the query wrote it."""
    return node.meta.get(SPELLED, node.name)


def output_names(tree: exp.Query, columns: TableColumns) -> list[str]:
    """The result's column names of a query whose names are resolved: as written, else as their tables spell them."""
    root = build_scope(tree)
    known = _names(root, columns) if root is not None else {}
    return [known.get(name, name) for name in tree.named_selects]


def _names(scope: Scope, columns: TableColumns) -> dict[str, str]:
    """{name in lower case: spelling} of a query's columns."""
    if scope.set_operation_scopes:
        return _names(scope.set_operation_scopes[0], columns)
    if not isinstance(scope.expression, exp.Select):
        return {}
    return {one.alias_or_name.lower(): _name(one, scope, columns) for one in scope.expression.selects}


def _name(selected: exp.Expr, scope: Scope, columns: TableColumns) -> str:
    alias = selected.args.get("alias") if isinstance(selected, exp.Alias) else None
    if isinstance(alias, exp.Identifier) and SPELLED in alias.meta:
        return spelling(alias)
    inner = selected.unalias()
    if isinstance(inner, exp.Column) and isinstance(inner.this, exp.Identifier):
        return inner.this.meta.get(SPELLED) or _of_source(inner, scope, columns)
    if isinstance(inner, exp.Dot) and isinstance(inner.expression, exp.Identifier):
        return spelling(inner.expression)
    if isinstance(inner, exp.Coalesce) and isinstance(inner.this, exp.Column):  # of a join with USING
        return _of_source(inner.this, scope, columns)
    return selected.alias_or_name


def _of_source(column: exp.Column, scope: Scope, columns: TableColumns) -> str:
    """The spelling in the table or subquery that a column comes from."""
    source, name = scope.sources.get(column.table), column.name
    if isinstance(source, Scope):
        return _names(source, columns).get(name.lower(), name)
    table = source.name if isinstance(source, exp.Table) else ""
    return columns.get(table, {}).get(name.lower(), name)
