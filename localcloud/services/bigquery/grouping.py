"""GROUP BY ALL, and grouping sets by the positions of selected columns."""

from __future__ import annotations

from sqlglot import exp

from localcloud.services.bigquery.errors import invalid_query

SETS = (exp.GroupingSets, exp.Rollup, exp.Cube)


def with_keys(tree: exp.Expr) -> None:
    """Write out what a query groups by, its names resolved: ALL and, in grouping sets, positions.

    ALL stands for the selected expressions of columns that hold no aggregate and no window.
    source: docs.cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax#group_by_all.
    """
    for group in tree.find_all(exp.Group):
        if not isinstance(group.parent, exp.Select):
            continue
        selected = [one.unalias() for one in group.parent.selects]
        for sets in group.find_all(*SETS):
            _write_out(sets, selected)
            _refuse_expressions(sets)
        if group.args.get("all"):
            keys = [one.copy() for one in selected if one.find(exp.Column) and not one.find(exp.AggFunc, exp.Window)]
            group.set("all", None)
            group.set("expressions", keys or [exp.Tuple()])


def _write_out(sets: exp.Expr, selected: list[exp.Expr]) -> None:
    for place, number in [(int(one.name), one) for one in sets.find_all(exp.Literal) if one.is_int]:
        if isinstance(number.parent, (exp.Tuple, *SETS)) and 0 < place <= len(selected):
            literal = selected[place - 1]
            if isinstance(literal, exp.Literal) and literal.is_int:  # the engine would take it too for a position
                selected[place - 1] = literal.replace(exp.cast(literal.copy(), exp.DType.BIGINT))
            number.replace(selected[place - 1].copy())


def _refuse_expressions(sets: exp.Expr) -> None:
    """Selected, x + 1 is of the x that is grouped, to GoogleSQL, not what is grouped too."""
    columns = {one for one in sets.find_all(exp.Column) if isinstance(one.parent, (exp.Tuple, *SETS))}
    inner = {one for one in sets.find_all(exp.Column) if not isinstance(one.parent, (exp.Tuple, *SETS))}
    if columns & inner:
        raise invalid_query("Grouping sets of a column and of an expression of it are not supported here")
