"""Sums, means and extremes of a row as GoogleSQL has them: they keep their type, and a NaN decides."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from localcloud.services.bigquery.aggregates import value_of
from localcloud.services.bigquery.arithmetic import exact_name
from localcloud.services.bigquery.comparisons import EXACT_TYPES, INTEGER_TYPES, is_nan, is_of, may_be_nan, nan
from localcloud.services.bigquery.googlesql import call
from localcloud.services.bigquery.quantiles import quantile
from localcloud.services.bigquery.spreads import spread

AROUND = (exp.Window, exp.Filter, exp.IgnoreNulls)
"""What an aggregation with the rows that it is over stands in."""


def totalled(node: exp.Expr) -> exp.Expr:
    """An aggregation with GoogleSQL's result; any other node as it is."""
    if isinstance(node, (exp.Greatest, exp.Least)):
        return _of_row(node)
    if isinstance(node.parent, AROUND) and node.arg_key == "this":
        return node  # with what is around it
    whole = node
    while isinstance(whole, AROUND):
        whole = whole.this
    made = _of_rows(whole, lambda one: _within(node, one))
    return node if made is None else made


def _within(node: exp.Expr, one: exp.Expr) -> exp.Expr:
    """An aggregation over the rows that `node` is over."""
    if not isinstance(node, AROUND):
        return one
    if isinstance(node, exp.IgnoreNulls):
        return _within(node.this, one)
    made = node.copy()
    made.set("this", _within(node.this, one))
    return made


def _of_rows(node: exp.Expr, over: Callable[[exp.Expr], exp.Expr]) -> exp.Expr | None:
    if isinstance(node, exp.Sum) and is_of(value_of(node), *INTEGER_TYPES):  # the engine's has 128 bits
        return exp.cast(over(node.copy()), exp.DType.BIGINT)
    if isinstance(node, exp.Sum) and may_be_nan(value_of(node)):
        infinite = over(exp.Anonymous(this="bool_or", expressions=[_is_infinite(value_of(node))]))
        return call("finite_sum", over(node.copy()), infinite)
    if isinstance(node, exp.Avg) and is_of(value_of(node), *EXACT_TYPES):
        count = over(exp.Count(this=node.this.copy(), big_int=True))
        return call(
            exact_name("quotient", value_of(node)),
            over(exp.Sum(this=node.this.copy())),
            exp.Nullif(this=count, expression=exp.Literal.number(0)),
        )
    return spread(node, over) or quantile(node, over)


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
