"""Sums, means and extremes of a row as GoogleSQL has them: they keep their type, and a NaN decides."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from localcloud.services.bigquery.aggregates import value_of
from localcloud.services.bigquery.comparisons import EXACT_TYPES, INTEGER_TYPES, is_nan, is_of, may_be_nan, nan
from localcloud.services.bigquery.errors import invalid_query
from localcloud.services.bigquery.googlesql import call


def totalled(node: exp.Expr) -> exp.Expr:
    """An aggregation with GoogleSQL's result; any other node as it is."""
    if isinstance(node, (exp.Lag, exp.Lead)):
        _refuse_offset(node)
    if isinstance(node, (exp.Greatest, exp.Least)):
        return _of_row(node)
    whole = node.this if isinstance(node, exp.Window) else node
    if isinstance(node.parent, (exp.Window, exp.Filter)) and node.arg_key == "this":
        return node  # with what is around it
    made = _of_rows(whole, lambda one: _within(node, one))
    return node if made is None else made


def _refuse_offset(node: exp.Lag | exp.Lead) -> None:
    offset = node.args.get("offset")
    constant = offset.this if isinstance(offset, exp.Cast) else offset
    if isinstance(constant, (exp.Neg, exp.Null)) or (
        isinstance(constant, exp.Literal) and constant.name.startswith("-")
    ):
        raise invalid_query(f"The offset to the function {node.sql_name()} cannot be null or negative")


def _within(node: exp.Expr, one: exp.Expr) -> exp.Expr:
    """An aggregation over the rows that `node` is over."""
    if not isinstance(node, exp.Window):
        return one
    window = node.copy()
    window.set("this", one)
    return window


def _of_rows(node: exp.Expr, over: Callable[[exp.Expr], exp.Expr]) -> exp.Expr | None:
    if isinstance(node, exp.Sum) and is_of(value_of(node), *INTEGER_TYPES):  # the engine's has 128 bits
        return exp.cast(over(node.copy()), exp.DType.BIGINT)
    if isinstance(node, exp.Sum) and may_be_nan(value_of(node)):
        infinite = over(exp.Anonymous(this="bool_or", expressions=[_is_infinite(value_of(node))]))
        return call("finite_sum", over(node.copy()), infinite)
    if isinstance(node, exp.Avg) and is_of(value_of(node), *EXACT_TYPES):
        count = over(exp.Count(this=node.this.copy(), big_int=True))
        return call(
            "quotient", over(exp.Sum(this=node.this.copy())), exp.Nullif(this=count, expression=exp.Literal.number(0))
        )
    return None


def _of_row(node: exp.Greatest | exp.Least) -> exp.Expr:
    """GREATEST and LEAST are NaN where one of their arguments is, unless one is NULL."""
    values = [node.this, *node.expressions]
    any_nan = [is_nan(one) for one in values if may_be_nan(one)]
    if not any_nan:
        return node
    null = [exp.Is(this=one.copy(), expression=exp.Null()).not_() for one in values]
    return exp.Case(ifs=[exp.If(this=exp.and_(exp.or_(*any_nan), *null), true=nan())], default=node.copy())


def _is_infinite(node: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="isinf", expressions=[node.copy()])
