"""Numbers as GoogleSQL computes them: NUMERIC stays exact, FLOAT64 is an error beyond its range."""

from __future__ import annotations

from sqlglot import exp

from localcloud.services.bigquery.comparisons import COMPARISONS, EXACT_TYPES, FLOAT_TYPES, INTEGER_TYPES, is_of
from localcloud.services.bigquery.errors import invalid_query
from localcloud.services.bigquery.googlesql import call
from localcloud.services.bigquery.set_operations import DATES, selected, selects_of

OPERATORS = (exp.Add, exp.Sub, exp.Mul, exp.Div)
SHIFTS = {exp.BitwiseLeftShift: "shifted_left", exp.BitwiseRightShift: "shifted_right"}
TESTS = (*COMPARISONS, exp.Between, exp.In)
MEETING = (*OPERATORS, *TESTS, exp.Array, exp.Case, exp.Coalesce, exp.Greatest, exp.If, exp.Least, exp.Nullif)
"""What brings its operands to one type."""


def with_exact_literals(tree: exp.Expr) -> exp.Expr:
    """The query, its types annotated, where a literal such as 1.5 is a NUMERIC if what it meets is, and one of
    text a date.

    source: google/zetasql, public/cast.cc: a FLOAT64 is coerced to NUMERIC and BIGNUMERIC if it is a literal.
    """
    for node in reversed(list(tree.walk(bfs=True))):
        if isinstance(node, MEETING):
            _with_dates(_operands(node))
            kind = _with_exact(_operands(node))
            if kind is not None and not isinstance(node, (*TESTS, exp.Array)):
                node.type = kind
        elif isinstance(node, exp.Cast) and isinstance(node.this, exp.Array):
            _with_type_of(node.to, node.this.expressions)
        elif (
            isinstance(node, exp.SetOperation)
            and not isinstance(node.parent, exp.SetOperation)
            and not node.args.get("by_name")
        ):
            for column in zip(*map(selected, selects_of(node)), strict=False):
                _with_dates(list(column))
                _with_exact(list(column))
    return tree


def _operands(node: exp.Expr) -> list[exp.Expr]:
    if isinstance(node, exp.Case):
        found = [*(one.args["true"] for one in node.args["ifs"]), node.args.get("default")]
    elif isinstance(node, exp.If):
        found = [node.args["true"], node.args.get("false")]
    else:
        found = [node.this, *(node.args.get(name) for name in ("expression", "low", "high")), *node.expressions]
    return [one for one in found if isinstance(one, exp.Expr)]


def _with_exact(operands: list[exp.Expr]) -> exp.DataType | None:
    """The exact type of operands, of which literals now have it too; None if they have none."""
    exact = [one.type for one in operands if one.type is not None and is_of(one, *EXACT_TYPES)]
    literals = [one for one in operands if _is_literal(one)]
    if not exact or not literals or any(is_of(one, *FLOAT_TYPES) for one in operands if one not in literals):
        return None
    for value in literals:
        literal = value.this if isinstance(value, exp.Neg) else value
        literal.replace(exp.cast(exp.Literal.string(literal.name), exact[0].copy()))
        value.type = exact[0]
    return exact[0]


def _with_type_of(array: exp.DataType, elements: list[exp.Expr]) -> None:
    """Literals of an ARRAY<NUMERIC>[...]."""
    (kind,) = array.expressions or [None]
    if kind is not None and kind.this in EXACT_TYPES:
        for one in filter(_is_literal, elements):
            literal = one.this if isinstance(one, exp.Neg) else one
            literal.replace(exp.cast(exp.Literal.string(literal.name), kind.copy()))


def _with_dates(operands: list[exp.Expr]) -> None:
    """A literal of text is the date or time that it says where it meets one."""
    kinds = [one.type for one in operands if one.type is not None and is_of(one, *DATES, exp.DType.TIME)]
    for value in operands if kinds else ():
        if isinstance(value, exp.Literal) and value.is_string:
            value.replace(exp.cast(value.copy(), kinds[0].copy()))


def _is_literal(value: exp.Expr) -> bool:
    literal = value.this if isinstance(value, exp.Neg) else value
    return isinstance(literal, exp.Literal) and not literal.is_string and not literal.is_int


def computed(node: exp.Expr) -> exp.Expr:
    """An operation with GoogleSQL's result; any other node as it is."""
    if type(node) in SHIFTS and is_of(node.this, *INTEGER_TYPES):
        return call(SHIFTS[type(node)], node.this, node.expression)
    if not isinstance(node, OPERATORS):
        return node
    left, right = node.this, node.expression
    if isinstance(node, exp.Sub) and is_of(left, *DATES) and is_of(right, *DATES):
        return call("between", left, right)
    if is_of(left, exp.DType.INTERVAL) and isinstance(node, (exp.Div, exp.Mul)):
        raise invalid_query("* and / of an INTERVAL are not supported here")
    if is_of(node, *EXACT_TYPES) or (is_of(left, *EXACT_TYPES) and is_of(right, *EXACT_TYPES, *INTEGER_TYPES)):
        return _exact(node)
    return _finite(node) if is_of(node, *FLOAT_TYPES) and not _is_constant(node) else node


def _is_constant(node: exp.Expr) -> bool:
    return isinstance(node.this, exp.Literal) and isinstance(node.expression, exp.Literal)


def _exact(node: exp.Expr) -> exp.Expr:
    """Of two NUMERICs the engine makes a product of 18 digits after the point, and a quotient in DOUBLE."""
    if isinstance(node, (exp.Mul, exp.Div)):
        name = "product" if isinstance(node, exp.Mul) else "quotient"
        return call(exact_name(name, node.this, node.expression), node.this, node.expression)
    return node


def exact_name(name: str, *operands: exp.Expr) -> str:
    """The table's function for NUMERICs, or for BIGNUMERICs if one of them is."""
    return f"bignumeric_{name}" if any(is_of(one, exp.DType.BIGDECIMAL) for one in operands) else name


def _finite(node: exp.Expr) -> exp.Expr:
    return call("finite", node.copy(), node.this.copy(), node.expression.copy())
