"""SELECT AS STRUCT, SELECT AS VALUE and `expression.*`: a struct whose fields are columns.

source: docs.cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax#value_tables.
"""

from __future__ import annotations

from sqlglot import exp

from localcloud.services.bigquery.errors import invalid_query
from localcloud.services.bigquery.types import Field

STRUCT = "__struct_{}"
"""A name for a struct whose fields are selected; not one that a query would give."""


def as_columns(tree: exp.Expr) -> exp.Expr:
    """The query, its names not yet resolved, with columns for what its value tables are made of.

    The outermost SELECT AS VALUE is left to `with_fields`: whether its value has fields is known at the end.
    """
    for select in list(tree.find_all(exp.Select)):
        kind = select.args.get("kind")
        if kind is not None and _is_table(select):
            if kind == "VALUE" and isinstance(select.selects[0], exp.Struct):
                fields = [_selected(one) for one in select.selects[0].expressions]
                select.set("expressions", fields)
            elif kind == "VALUE" and select is not tree:
                raise invalid_query("SELECT AS VALUE in FROM is not supported here; select the value under a name")
            select.set("kind", None if kind == "STRUCT" or select is not tree else kind)
        elif kind == "VALUE":
            select.set("kind", None)
        if any(_is_struct_star(one) for one in select.selects):
            tree = _with_fields(select, tree)
    return tree


def _is_table(select: exp.Expr) -> bool:
    """Whether a query gives rows and not a value within an expression."""
    node = select.parent
    while isinstance(node, (exp.SetOperation, exp.Subquery)):
        node = node.parent
    return node is None or isinstance(node, (exp.From, exp.Join, exp.CTE))


def _selected(field: exp.Expr) -> exp.Expr:
    return exp.alias_(field.expression, field.this) if isinstance(field, exp.PropertyEQ) else field


def _is_struct_star(selected: exp.Expr) -> bool:
    return isinstance(selected, exp.Dot) and isinstance(selected.expression, exp.Star)


def _with_fields(select: exp.Select, tree: exp.Expr) -> exp.Expr:
    """`SELECT f(x).* FROM t` as a query over one that gives the struct a name."""
    outer, inner = list[exp.Expr](), list[exp.Expr]()
    for place, one in enumerate(select.selects):
        name = exp.to_identifier(STRUCT.format(place))
        if _is_struct_star(one):
            outer.append(exp.Column(this=one.expression.copy(), table=name))
            one = one.this
        elif one.is_star:
            raise invalid_query("* beside a struct's .* is not supported here; name the columns")
        else:
            outer.append(exp.alias_(exp.Column(this=name.copy()), one.alias_or_name or f"f{place}_"))
        inner.append(exp.alias_(one.unalias().copy(), name.copy()))
    whole = exp.Select(expressions=outer)
    select.replace(whole)
    select.set("expressions", inner)
    with_ = select.args.get("with_")
    if with_ is not None:
        whole.set("with_", with_.pop())
    whole.set(
        "from_", exp.From(this=exp.Subquery(this=select, alias=exp.TableAlias(this=exp.to_identifier("__structs"))))
    )
    return whole if select is tree else tree


def with_fields(tree: exp.Expr, sql: str, fields: list[Field]) -> tuple[str, list[Field]]:
    """The engine's query and the result's schema; of the outermost SELECT AS VALUE, the columns of its struct."""
    if tree.args.get("kind") != "VALUE" or (fields[0]["type"], fields[0]["mode"]) != ("RECORD", "NULLABLE"):
        return sql, fields
    return f"SELECT UNNEST(value) FROM ({sql}) AS whole(value)", fields[0]["fields"]
