"""Clauses within an aggregation's parentheses: IGNORE NULLS, ORDER BY, LIMIT, HAVING MAX and HAVING MIN."""

from __future__ import annotations

from sqlglot import exp

from localcloud.services.bigquery.errors import invalid_query
from localcloud.services.bigquery.googlesql import call

OF_LIST = {exp.Max: "max", exp.Min: "min", exp.Sum: "sum", exp.Count: "count", exp.Avg: "avg"}
"""The engine's aggregations of a list."""
NULL_CLAUSES = (exp.IgnoreNulls, exp.RespectNulls)


def with_clauses(node: exp.Expr) -> exp.Expr:
    """An aggregation as the engine has it; any other node as it is."""
    if isinstance(node, NULL_CLAUSES) and isinstance(node.this, exp.ArrayAgg):
        return _array(node.this, nulls=isinstance(node, exp.RespectNulls))
    if (
        isinstance(node, exp.ArrayAgg)
        and isinstance(node.this, exp.Limit)
        and not isinstance(node.parent, NULL_CLAUSES)
    ):
        return _array(node, nulls=True)
    if isinstance(node, exp.GroupConcat):
        return _text(node)
    if isinstance(node, exp.AggFunc) and isinstance(node.this, exp.HavingMax) and not isinstance(node, exp.AnyValue):
        return _of_extreme(node, node.this)
    if isinstance(node, exp.ApproxTopK):
        histogram = exp.Anonymous(this="histogram", expressions=[node.this])
        return call("top", histogram, node.expression or exp.Literal.number(1))
    return node


def _array(node: exp.Expr, nulls: bool) -> exp.Expr:
    """ARRAY_AGG and what it gathers, `node.this`, without NULLs unless they are wanted."""
    limit = node.this if isinstance(node.this, exp.Limit) else None
    gathered = node.this if limit is None else limit.this
    made: exp.Expr = exp.ArrayAgg(this=gathered.copy())
    if not nulls:
        given = exp.Is(this=_value(gathered).copy(), expression=exp.Null()).not_()
        made = exp.Filter(this=made, expression=exp.Where(this=given))
    if limit is None:
        return made
    return exp.Anonymous(this="list_slice", expressions=[made, exp.Literal.number(1), limit.expression.copy()])


def _value(gathered: exp.Expr) -> exp.Expr:
    """What is gathered, without its order and DISTINCT."""
    while isinstance(gathered, (exp.Order, exp.Limit, exp.Distinct)):
        gathered = gathered.expressions[0] if isinstance(gathered, exp.Distinct) else gathered.this
    return gathered


def _text(node: exp.GroupConcat) -> exp.Expr:
    kind = _value(node.this).type
    if kind is not None and kind.is_type(exp.DType.BINARY, exp.DType.VARBINARY):
        raise invalid_query("STRING_AGG of BYTES is not supported here")
    if not isinstance(node.this, exp.Limit):
        return node
    separator = node.args.get("separator") or exp.Literal.string(",")
    return exp.Anonymous(this="array_to_string", expressions=[_array(node, nulls=False), separator.copy()])


def _of_extreme(node: exp.AggFunc, having: exp.HavingMax) -> exp.Expr:
    """MAX(x HAVING MIN y): of the rows whose y is the least."""
    name = OF_LIST.get(type(node))
    if name is None or isinstance(node.parent, exp.Window):
        raise invalid_query(
            f"HAVING MAX and HAVING MIN are not supported here in {type(node).sql_name()} or over a window"
        )
    extreme = exp.Max if having.args.get("max") else exp.Min
    rows = exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier("x"), expression=having.this.copy()),
            exp.PropertyEQ(this=exp.to_identifier("y"), expression=having.expression.copy()),
        ]
    )
    values = call("having", exp.ArrayAgg(this=rows), extreme(this=having.expression.copy()))
    made = exp.Anonymous(this="list_aggregate", expressions=[values, exp.Literal.string(name)])
    return exp.cast(made, node.type) if isinstance(node, exp.Sum) and node.type is not None else made
