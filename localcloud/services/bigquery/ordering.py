"""ORDER BY of FLOAT64 as GoogleSQL has it: NaN comes after NULL and before every number.

source: docs.cloud.google.com/bigquery/docs/reference/standard-sql/data-types#floating_point_types.
"""

from __future__ import annotations

from sqlglot import exp

from localcloud.services.bigquery.comparisons import is_nan, is_of, may_be_nan
from localcloud.services.bigquery.errors import invalid_query
from localcloud.services.bigquery.googlesql import call
from localcloud.services.bigquery.set_operations import selects_of

UNORDERED = (exp.DType.ARRAY, exp.DType.STRUCT, exp.DType.JSON)
"""source: docs.cloud.google.com/bigquery/docs/reference/standard-sql/data-types#orderable_data_types."""


def with_nan_first(tree: exp.Expr) -> exp.Expr:
    """The query, its types annotated, with a key of its own for NaN, which the engine takes for the largest number."""
    for order in list(tree.find_all(exp.Order)):
        keys = _numbers if _is_of_range(order) else _keys
        for one in order.expressions:
            _refuse_unordered(one.this)
        order.set("expressions", [key for one in order.expressions for key in keys(one, order)])
    return tree


def _refuse_unordered(key: exp.Expr) -> None:
    for kind in UNORDERED:
        if is_of(key, kind):
            raise invalid_query(f"ORDER BY does not support expressions of type {kind.name}")


def _numbers(ordered: exp.Expr, _: exp.Order) -> list[exp.Expr]:
    """The key of a frame of numbers; the engine's frames would take a NaN for a large one."""
    if may_be_nan(ordered.this):
        said = exp.Literal.string("A window frame of RANGE with numbers is not supported here over the value ")
        text = exp.DPipe(this=said, expression=exp.cast(ordered.this.copy(), exp.DType.VARCHAR))
        raised = exp.cast(call("raise", text), exp.DType.DOUBLE)  # of a constant it would be called beforehand
        whole = exp.Case(ifs=[exp.If(this=is_nan(ordered.this), true=raised)], default=ordered.this.copy())
        ordered.set("this", whole)
    return [ordered]


def _is_of_range(order: exp.Order) -> bool:
    """A frame `RANGE BETWEEN 1 PRECEDING ...` has one key, a number."""
    frame = order.parent.args.get("spec") if isinstance(order.parent, exp.Window) else None
    return (
        frame is not None
        and str(frame.args.get("kind")).upper() == "RANGE"
        and any(isinstance(frame.args.get(end), exp.Expr) for end in ("start", "end"))
    )


def _keys(ordered: exp.Expr, order: exp.Order) -> list[exp.Expr]:
    key = ordered.this
    if not any(may_be_nan(one) for one in _selected(key, order)):
        return [ordered]
    number = ordered.copy()
    number.set("this", is_nan(key).not_(copy=False))
    return [number, ordered]


def _selected(key: exp.Expr, order: exp.Order) -> list[exp.Expr]:
    """What a query orders by: a column that it, or each query of a set operation, selects; or the key itself."""
    query = order.parent
    if (
        isinstance(query, exp.Query)
        and isinstance(key, exp.Column)
        and not key.table
        and key.name in query.named_selects
    ):
        place = query.named_selects.index(key.name)
        return [one.selects[place].unalias() for one in selects_of(query)]
    return [key]
