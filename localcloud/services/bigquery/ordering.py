"""ORDER BY of FLOAT64 as GoogleSQL has it: NaN comes after NULL and before every number.

source: docs.cloud.google.com/bigquery/docs/reference/standard-sql/data-types#floating_point_types.
"""

from __future__ import annotations

from sqlglot import exp

from localcloud.services.bigquery.comparisons import is_nan, may_be_nan
from localcloud.services.bigquery.set_operations import selects_of


def with_nan_first(tree: exp.Expr) -> exp.Expr:
    """The query, its types annotated, with a key of its own for NaN, which the engine takes for the largest number."""
    for order in list(tree.find_all(exp.Order)):
        if not _is_of_range(order):
            order.set("expressions", [key for one in order.expressions for key in _keys(one, order)])
    return tree


def _is_of_range(order: exp.Order) -> bool:
    """A frame `RANGE BETWEEN 1 PRECEDING ...` has one key, a number."""
    frame = order.parent.args.get("spec") if isinstance(order.parent, exp.Window) else None
    return (
        frame is not None
        and frame.args.get("kind") == "RANGE"
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
