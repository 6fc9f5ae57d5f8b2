"""Numbers as GoogleSQL computes them: NUMERIC stays exact, FLOAT64 is an error beyond its range."""

from __future__ import annotations

from sqlglot import exp

from localcloud.services.bigquery.comparisons import EXACT_TYPES, FLOAT_TYPES, INTEGER_TYPES, is_of
from localcloud.services.bigquery.googlesql import call

OPERATORS = (exp.Add, exp.Sub, exp.Mul, exp.Div)


def computed(node: exp.Expr) -> exp.Expr:
    """An operation with GoogleSQL's result; any other node as it is."""
    if not isinstance(node, OPERATORS):
        return node
    left, right = node.this, node.expression
    if is_of(node, *EXACT_TYPES) or (is_of(left, *EXACT_TYPES) and is_of(right, *EXACT_TYPES, *INTEGER_TYPES)):
        return _exact(node)
    return _finite(node) if is_of(node, *FLOAT_TYPES) and not _is_constant(node) else node


def _is_constant(node: exp.Expr) -> bool:
    return isinstance(node.this, exp.Literal) and isinstance(node.expression, exp.Literal)


def _exact(node: exp.Expr) -> exp.Expr:
    """Of two NUMERICs the engine makes a product of 18 digits after the point, and a quotient in DOUBLE."""
    if isinstance(node, (exp.Mul, exp.Div)):
        return call("product" if isinstance(node, exp.Mul) else "quotient", node.this, node.expression)
    return node


def _finite(node: exp.Expr) -> exp.Expr:
    return call("finite", node.copy(), node.this.copy(), node.expression.copy())
