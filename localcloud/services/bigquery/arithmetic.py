"""Numbers as GoogleSQL computes them: NUMERIC stays exact, FLOAT64 is an error beyond its range."""

from __future__ import annotations

from sqlglot import exp

from localcloud.services.bigquery.comparisons import FLOAT_TYPES
from localcloud.services.bigquery.googlesql import call

INTEGER_TYPES = (exp.DType.BIGINT, exp.DType.INT)
EXACT_TYPES = (exp.DType.DECIMAL, exp.DType.BIGDECIMAL)
OPERATORS = (exp.Add, exp.Sub, exp.Mul, exp.Div)


def computed(node: exp.Expr) -> exp.Expr:
    """An operation with GoogleSQL's result; any other node as it is."""
    if not isinstance(node, OPERATORS):
        return node
    left, right = node.this, node.expression
    if _is(node, *EXACT_TYPES) or (_is(left, *EXACT_TYPES) and _is(right, *EXACT_TYPES, *INTEGER_TYPES)):
        return _exact(node)
    return _finite(node) if _is(node, *FLOAT_TYPES) and not _is_constant(node) else node


def _is(node: exp.Expr, *kinds: exp.DType) -> bool:
    kind = node.type
    return kind is not None and kind.is_type(*kinds)


def _is_constant(node: exp.Expr) -> bool:
    return isinstance(node.this, exp.Literal) and isinstance(node.expression, exp.Literal)


def _exact(node: exp.Expr) -> exp.Expr:
    """Of two NUMERICs the engine makes a product of 18 digits after the point, and a quotient in DOUBLE."""
    if isinstance(node, (exp.Mul, exp.Div)):
        return call("product" if isinstance(node, exp.Mul) else "quotient", node.this, node.expression)
    return node


def _finite(node: exp.Expr) -> exp.Expr:
    return call("finite", node.copy(), node.this.copy(), node.expression.copy())
