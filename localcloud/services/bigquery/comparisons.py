"""Comparisons of FLOAT64 as GoogleSQL has them: all are false with a NaN, but for !=, which is true.

DuckDB takes NaN for the largest number, equal to itself. What is added here is NULL where the comparison itself is, and
stands beside it, so that the engine still finds the condition of a join.
"""

from __future__ import annotations

from sqlglot import exp

FLOAT_TYPES = (exp.DType.DOUBLE, exp.DType.FLOAT)
INTEGER_TYPES = (exp.DType.BIGINT, exp.DType.INT)
EXACT_TYPES = (exp.DType.DECIMAL, exp.DType.BIGDECIMAL)
COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)


def is_of(node: exp.Expr, *kinds: exp.DType) -> bool:
    """Whether the annotated type is one of these."""
    return node.type is not None and node.type.is_type(*kinds)


def is_nan(node: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="isnan", expressions=[node.copy()])


def nan() -> exp.Expr:
    return exp.cast(exp.Literal.string("nan"), exp.DType.DOUBLE)


def may_be_nan(node: exp.Expr) -> bool:
    """A FLOAT64, but for a number as it stands in the query."""
    return not _is_number(node) and is_of(node, *FLOAT_TYPES)


def _is_number(node: exp.Expr) -> bool:
    constant = node.this if isinstance(node, exp.Cast) else node
    return isinstance(constant, exp.Literal) and not constant.is_string


def compared(node: exp.Expr) -> exp.Expr:
    """The comparison with GoogleSQL's result; any other node, and one that no NaN can change, as it is."""
    if isinstance(node, exp.Between):
        return _between(node)
    if isinstance(node, exp.In):
        return _among(node)
    if isinstance(node, (exp.Case, exp.Nullif)):
        return _chosen(node)
    if not isinstance(node, COMPARISONS):
        return node
    left, right = node.this, node.expression
    if isinstance(node, (exp.LT, exp.LTE)):
        left, right = right, left  # the side that DuckDB takes for larger is the one whose NaN misleads
    symmetric = isinstance(node, (exp.EQ, exp.NEQ))
    if not may_be_nan(left) or (symmetric and not may_be_nan(right)):
        return node
    if isinstance(node, exp.NEQ):
        return exp.paren(exp.or_(node.copy(), exp.and_(is_nan(left), _is_null(right).not_())), copy=False)
    number = is_nan(left).not_()
    added = number if _is_number(right) else exp.or_(number, _is_null(right))
    return exp.paren(exp.and_(node.copy(), added), copy=False)


def _between(node: exp.Between) -> exp.Expr:
    """Two comparisons, if the upper end may be a NaN or NULL: below a NaN is everything to DuckDB, a NaN too."""
    high = node.args["high"]
    if not may_be_nan(high) and (_is_number(high) or not may_be_nan(node.this)):
        return node
    low = exp.GTE(this=node.this.copy(), expression=node.args["low"].copy())
    high = exp.LTE(this=node.this.copy(), expression=high.copy())
    return exp.paren(exp.and_(compared(low), compared(high)), copy=False)


def _chosen(node: exp.Case | exp.Nullif) -> exp.Expr:
    """CASE x WHEN y and NULLIF(x, y) of a FLOAT64 with their comparisons written out."""
    value = node.this
    if value is None or not may_be_nan(value):
        return node
    if isinstance(node, exp.Nullif):
        equal = compared(exp.EQ(this=value.copy(), expression=node.expression.copy()))
        return exp.Case(ifs=[exp.If(this=equal, true=exp.Null())], default=value.copy())
    for branch in node.args["ifs"]:
        branch.set("this", compared(exp.EQ(this=value.copy(), expression=branch.this)))
    node.set("this", None)
    return node


def _among(node: exp.In) -> exp.Expr:
    constants = node.expressions and not any(may_be_nan(one) for one in node.expressions)
    if constants or not may_be_nan(node.this):
        return node
    return exp.paren(exp.and_(node.copy(), is_nan(node.this).not_()), copy=False)


def _is_null(node: exp.Expr) -> exp.Expr:
    return exp.Is(this=node.copy(), expression=exp.Null())
