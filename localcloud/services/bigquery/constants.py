"""NULL as it is written, and arguments that must be constants: what GoogleSQL refuses of them and the engine does not.

source: google/zetasql, analyzer/resolver_expr.cc and the messages of its compliance files.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from localcloud.services.bigquery.errors import invalid_query

WITHOUT_FRAME = (
    exp.CumeDist, exp.DenseRank, exp.Lag, exp.Lead, exp.Ntile, exp.PercentRank, exp.Rank, exp.RowNumber,
)  # fmt: skip
MOST_VALUES = 100_000
"""Buckets and values of an approximate aggregation."""
UNKNOWN: Any = object()
NULLABLE = (exp.Is, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Connector, exp.PropertyEQ, exp.Dot, exp.Kwarg, exp.Escape)
"""Binary nodes of the parser that may hold NULL as it is written."""
SIGNS = {
    exp.Add: "+", exp.Sub: "-", exp.Neg: "-", exp.Mul: "*", exp.Div: "/", exp.DPipe: "||", exp.BitwiseNot: "~",
    exp.EQ: "=", exp.NEQ: "!=", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
}  # fmt: skip
WHOLE = {
    exp.ApproxQuantiles: ("expression", "second argument to APPROX_QUANTILES", 1, MOST_VALUES),
    exp.ApproxTopK: ("expression", "second argument to APPROX_TOP_COUNT", 1, MOST_VALUES),
    exp.ApproxTopSum: ("count", "third argument to APPROX_TOP_SUM", 1, MOST_VALUES),
    exp.Lag: ("offset", "offset to the function LAG", 0, None),
    exp.Lead: ("offset", "offset to the function LEAD", 0, None),
    exp.NthValue: ("offset", "N value for the NTH_VALUE function", 1, None),
    exp.Ntile: ("this", "N value (number of buckets) for the NTILE function", 1, None),
    exp.Limit: ("expression", "count of LIMIT", 0, None),
    exp.Offset: ("expression", "count of OFFSET", 0, None),
}
"""The argument of each that is a whole number, what it is called, the least and the most that it may be."""


def refuse_nulls(tree: exp.Expr) -> None:
    """Errors: a 400 for `x + NULL` and `NOT NULL`, where NULL is no parameter's value."""
    for node in tree.find_all(exp.Binary, exp.Unary):
        operands = [node.this, node.args.get("expression")]
        if isinstance(operands[1], (exp.Any, exp.All)):
            continue
        if not isinstance(node, (*NULLABLE, exp.Paren)) and any(
            isinstance(one, exp.Expr) and isinstance(one.unnest(), exp.Null) for one in operands
        ):
            raise invalid_query(f"Operands of {SIGNS.get(type(node), node.key.upper())} cannot be literal NULL")


def refuse_values(tree: exp.Expr) -> None:
    """Errors: a 400 for a constant that the function does not take. Parameters are put in."""
    for node in tree.find_all(*WHOLE):
        argument, name, least, most = WHOLE[type(node)]
        value = constant(node.args.get(argument))
        if value is None:
            raise invalid_query(f"The {name} must not be NULL")
        if isinstance(value, int) and (value < least or (most is not None and value > most)):
            limits = "negative" if not least else "0 or less" if value < least else f"greater than {most}"
            raise invalid_query(f"The {name} cannot be {limits}")
    for node in tree.find_all(exp.Lag, exp.Lead):
        default = node.args.get("default")
        if default is not None and default.find(exp.Column):
            name = node.sql_name()
            raise invalid_query(f"The third argument (the default expression) to {name} must be constant")
    for node in tree.find_all(exp.GroupConcat):
        if node.args.get("separator") is not None and constant(node.args["separator"]) is None:
            raise invalid_query("Argument 2 to STRING_AGG must be non-NULL")
    _refuse_frames(tree)


def constant(node: exp.Expr | None) -> Any:
    """The value of a whole number or of NULL, through casts; UNKNOWN for everything else."""
    while isinstance(node, (exp.Cast, exp.Paren)):
        node = node.this
    if isinstance(node, exp.Null):
        return None
    if isinstance(node, exp.Neg):
        value = constant(node.this)
        return -value if isinstance(value, int) else value
    return int(node.name) if isinstance(node, exp.Literal) and node.name.isdigit() else UNKNOWN


def _refuse_frames(tree: exp.Expr) -> None:
    for window in tree.find_all(exp.Window):
        function = window.this.this if isinstance(window.this, (exp.IgnoreNulls, exp.RespectNulls)) else window.this
        if isinstance(function, WITHOUT_FRAME) and _has_frame(window):
            raise invalid_query(f"Window framing clause is not allowed for analytic function {function.sql_name()}")


def _has_frame(window: exp.Window) -> bool:
    """Its own, or that of the named window that it is."""
    select = window.find_ancestor(exp.Select)
    named = {one.name.lower(): one for one in (select.args.get("windows") or [] if select else [])}
    at: exp.Window | None = window
    while at is not None:
        if at.args.get("spec") is not None:
            return True
        at = named.pop(at.alias.lower(), None)
    return False
