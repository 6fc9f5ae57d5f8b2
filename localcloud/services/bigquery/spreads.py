"""Variance, standard deviation, covariance and correlation as GoogleSQL has them.

A number that is not finite makes the result NaN, large ones don't overflow, and of NUMERICs the result is exact until
it is rounded to a FLOAT64.
source: the compliance files stat_aggregation and analytic_stat_aggregation of google/zetasql.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from localcloud.services.bigquery.aggregates import value_of
from localcloud.services.bigquery.comparisons import EXACT_TYPES, INTEGER_TYPES, is_of, nan
from localcloud.services.bigquery.googlesql import call

Over = Callable[[exp.Expr], exp.Expr]

VARIANCES = {exp.Variance: "var_samp", exp.VariancePop: "var_pop"}
DEVIATIONS = {exp.Stddev: "stddev_samp", exp.StddevSamp: "stddev_samp", exp.StddevPop: "stddev_pop"}
OF_PAIRS = {exp.CovarSamp: "covar_samp", exp.CovarPop: "covar_pop", exp.Corr: "corr"}
LARGE = "1e70"
"""Numbers above have squares, or products of squares, that are not far from the limit of FLOAT64."""
DOWN, UP = "1e-200", "1e200"
"""What large numbers are multiplied by before, and their deviation after."""
LEAST = {"var_samp": 2, "stddev_samp": 2, "covar_samp": 2, "corr": 2}
"""Values, or pairs, that there must be at least."""


def spread(node: exp.Expr, over: Over) -> exp.Expr | None:
    """The aggregation with GoogleSQL's result, over the rows that `over` says; None if it is none of these."""
    name = {**VARIANCES, **DEVIATIONS, **OF_PAIRS}.get(type(node))
    if name is None:
        return None
    values = [value_of(node)] if type(node) not in OF_PAIRS else [node.this, node.expression]
    if any(is_of(one, *EXACT_TYPES) for one in values) and all(
        is_of(one, *EXACT_TYPES, *INTEGER_TYPES) for one in values
    ):
        return _exact(node, name, values, over)
    made = _of_pairs(name, values, over) if type(node) in OF_PAIRS else _of_values(node, name, over)
    return _enough(name, values, _finite(values, made, over), over, distinct=node.this)


def _exact(node: exp.Expr, name: str, values: list[exp.Expr], over: Over) -> exp.Expr:
    wide = any(is_of(one, exp.DType.BIGDECIMAL) for one in values)
    digits = "DECIMAL(38, 18)" if wide else "DECIMAL(38, 9)"
    row = exp.Array(expressions=[exp.cast(one.copy(), exp.DataType.build(digits, dialect="duckdb")) for one in values])
    listed = exp.Distinct(expressions=[row]) if isinstance(node.this, exp.Distinct) else row
    return call("wide_spread" if wide else "spread", exp.Literal.string(name), over(exp.ArrayAgg(this=listed)))


def _of_values(node: exp.Expr, name: str, over: Over) -> exp.Expr:
    value = value_of(node)
    plain = over(exp.Anonymous(this=name, expressions=[_double(node.this)]))
    if is_of(value, *INTEGER_TYPES):
        return plain
    scaled: exp.Expr = exp.Mul(this=_double(value), expression=_number(DOWN))
    if isinstance(node.this, exp.Distinct):
        scaled = exp.Distinct(expressions=[scaled])
    made: exp.Expr = over(exp.Anonymous(this=name, expressions=[scaled]))
    for _ in range(2 if type(node) in VARIANCES else 1):
        made = exp.Mul(this=made, expression=_number(UP))
    return exp.Case(ifs=[exp.If(this=_are_large([value], over), true=made)], default=plain)


def _of_pairs(name: str, values: list[exp.Expr], over: Over) -> exp.Expr:
    """Of large ones, the correlation only: it is the same of smaller ones."""
    plain = over(exp.Anonymous(this=name, expressions=[_double(one) for one in values]))
    if name != "corr":
        return plain
    made: exp.Expr = plain
    for scales in ((True, False), (False, True), (True, True)):
        operands = [
            exp.Mul(this=_double(one), expression=_number(DOWN)) if scale else _double(one)
            for one, scale in zip(values, scales, strict=True)
        ]
        scaled = over(exp.Anonymous(this=name, expressions=operands))
        large = exp.and_(
            *(_are_large([one], over) for one, scale in zip(values, scales, strict=True) if scale), copy=False
        )
        made = exp.Case(ifs=[exp.If(this=large, true=scaled)], default=made)
    return made


def _finite(values: list[exp.Expr], made: exp.Expr, over: Over) -> exp.Expr:
    """NaN if one of the values, of which all of a row are given, is not finite."""
    finite = [exp.Anonymous(this="isfinite", expressions=[_double(one)]) for one in values]
    given = [exp.Is(this=one.copy(), expression=exp.Null()).not_(copy=False) for one in values]
    bad = exp.and_(exp.not_(exp.and_(*finite), copy=False), *given, copy=False)
    return exp.Case(ifs=[exp.If(this=over(exp.Anonymous(this="bool_or", expressions=[bad])), true=nan())], default=made)


def _enough(name: str, values: list[exp.Expr], made: exp.Expr, over: Over, distinct: exp.Expr) -> exp.Expr:
    if name not in LEAST:
        return made
    given = exp.and_(*(exp.Is(this=one.copy(), expression=exp.Null()).not_(copy=False) for one in values), copy=False)
    counted: exp.Expr = exp.Case(ifs=[exp.If(this=given, true=values[0].copy())])
    if isinstance(distinct, exp.Distinct):
        counted = exp.Distinct(expressions=[counted])
    few = exp.LT(this=over(exp.Count(this=counted, big_int=True)), expression=exp.Literal.number(LEAST[name]))
    return exp.Case(ifs=[exp.If(this=few, true=exp.Null())], default=made)


def _are_large(values: list[exp.Expr], over: Over) -> exp.Expr:
    sizes = [exp.Anonymous(this="abs", expressions=[_double(one)]) for one in values]
    return exp.GT(this=over(exp.Anonymous(this="max", expressions=sizes)), expression=_number(LARGE))


def _double(value: exp.Expr) -> exp.Expr:
    if isinstance(value, exp.Distinct):
        return exp.Distinct(expressions=[_double(value.expressions[0])])
    return exp.cast(value.copy(), exp.DType.DOUBLE)


def _number(text: str) -> exp.Expr:
    return exp.cast(exp.Literal.string(text), exp.DType.DOUBLE)
