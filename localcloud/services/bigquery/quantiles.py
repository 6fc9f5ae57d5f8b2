"""APPROX_QUANTILES, which is exact here, PERCENTILE_DISC and PERCENTILE_CONT.

source: docs.cloud.google.com/bigquery/docs/reference/standard-sql/navigation_functions#percentile_cont.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from localcloud.services.bigquery.aggregates import value_of
from localcloud.services.bigquery.comparisons import EXACT_TYPES, is_nan, is_of, may_be_nan
from localcloud.services.bigquery.constants import MOST_VALUES, constant
from localcloud.services.bigquery.errors import invalid_query
from localcloud.services.bigquery.googlesql import call

LARGE = "8e307"
"""The difference of two numbers above may be none."""


def quantile(node: exp.Expr, over: Callable[[exp.Expr], exp.Expr]) -> exp.Expr | None:
    """The aggregation over the rows that `over` says; None if it is none of these."""
    if isinstance(node, exp.ApproxQuantiles):
        node = _with_count(node)
        count = constant(node.expression)
        if not isinstance(count, int) or not 0 < count <= MOST_VALUES:
            raise invalid_query("The second argument to APPROX_QUANTILES must be a constant from 1 to 100000")
        places = exp.Array(expressions=[exp.Literal.number(repr(place / count)) for place in range(count + 1)])
        return _discrete(node, places, over, listed=True)
    if isinstance(node, exp.PercentileDisc):
        return _discrete(node, exp.cast(node.expression.copy(), exp.DType.DOUBLE), over, listed=False)
    if isinstance(node, exp.PercentileCont):
        return _continuous(node, over)
    return None


def _with_count(node: exp.ApproxQuantiles) -> exp.ApproxQuantiles:
    """Of APPROX_QUANTILES(DISTINCT x, n) the parser has n among what is distinct."""
    distinct = node.this
    if node.expression is None and isinstance(distinct, exp.Distinct) and len(distinct.expressions) > 1:
        value, count = distinct.expressions
        return exp.ApproxQuantiles(this=exp.Distinct(expressions=[value.copy()]), expression=count.copy())
    return node


def _discrete(node: exp.Expr, places: exp.Expr, over: Callable[[exp.Expr], exp.Expr], listed: bool) -> exp.Expr:
    """NaN is the least number, as a struct whose first field says that it is none."""
    value = value_of(node)
    if not may_be_nan(value):
        return over(exp.Anonymous(this="quantile_disc", expressions=[node.this.copy(), places]))
    fields = {"number": is_nan(value).not_(copy=False), "value": value.copy()}
    made: exp.Expr = exp.Struct(
        expressions=[exp.PropertyEQ(this=exp.to_identifier(name), expression=one) for name, one in fields.items()]
    )
    missing = exp.Is(this=value.copy(), expression=exp.Null())
    made = exp.Case(ifs=[exp.If(this=missing, true=exp.Null())], default=made)
    if isinstance(node.this, exp.Distinct):
        made = exp.Distinct(expressions=[made])
    found = over(exp.Anonymous(this="quantile_disc", expressions=[made, places]))
    if not listed:
        return exp.Anonymous(this="struct_extract", expressions=[found, exp.Literal.string("value")])
    one = exp.Dot(this=exp.column("one"), expression=exp.to_identifier("value"))
    each = exp.Lambda(this=one, expressions=[exp.to_identifier("one")])
    return exp.Anonymous(this="list_transform", expressions=[found, each])


def _continuous(node: exp.PercentileCont, over: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    value = value_of(node)
    if is_of(value, *EXACT_TYPES):
        raise invalid_query("PERCENTILE_CONT of a NUMERIC is not supported here: CAST it to FLOAT64")
    number = exp.cast(value.copy(), exp.DType.DOUBLE)
    if may_be_nan(value):
        size = exp.Anonymous(this="abs", expressions=[number.copy()])
        beyond = exp.GT(this=size, expression=exp.cast(exp.Literal.string(LARGE), exp.DType.DOUBLE))
        said = "PERCENTILE_CONT over NaN, infinities or numbers above 8e307 is not supported here"
        raised = exp.cast(call("raise", exp.Literal.string(said)), exp.DType.DOUBLE)
        number = exp.Case(ifs=[exp.If(this=beyond, true=raised)], default=number)
    place = exp.cast(node.expression.copy(), exp.DType.DOUBLE)
    return over(exp.Anonymous(this="quantile_cont", expressions=[number, place]))
