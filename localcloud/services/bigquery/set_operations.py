"""UNION, INTERSECT and EXCEPT: what GoogleSQL refuses of them and the engine does not, and the types of their columns.

source: docs.cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax#set_operators.
"""

from __future__ import annotations

from sqlglot import exp

from localcloud.services.bigquery.errors import invalid_query

NUMBERS = (exp.DType.INT, exp.DType.BIGINT, exp.DType.DOUBLE, exp.DType.FLOAT, exp.DType.DECIMAL, exp.DType.BIGDECIMAL)
DATES = (exp.DType.DATE, exp.DType.DATETIME, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ)
FAMILIES = (
    dict.fromkeys(NUMBERS, "a number")
    | dict.fromkeys(DATES, "a date or timestamp")
    | {exp.DType.TEXT: "STRING", exp.DType.VARCHAR: "STRING", exp.DType.BOOLEAN: "BOOL", exp.DType.BINARY: "BYTES"}
)
CERTAIN = (exp.Literal, exp.Boolean, exp.Cast, exp.Column)
"""Expressions whose annotated type is theirs for sure."""


def refuse_forms(tree: exp.Expr) -> None:
    """Errors: a 400 for INTERSECT ALL and EXCEPT ALL, and for matching of columns by name that leaves some out."""
    for node in tree.find_all(exp.SetOperation):
        name = type(node).__name__.upper()
        if name != "UNION" and not node.args.get("distinct"):
            raise invalid_query(f"{name} ALL is not supported; use {name} DISTINCT")
        if node.args.get("on") or (node.args.get("by_name") and (node.args.get("side") or node.args.get("kind"))):
            raise invalid_query(f"{name} with CORRESPONDING, or of a part of the columns, is not supported here")


def refuse_types(tree: exp.Expr) -> None:
    """Errors: a 400 for columns that have no type in common. Types are annotated."""
    for node in tree.find_all(exp.SetOperation):
        if node.args.get("by_name"):
            continue
        first, second = selected(node.this), selected(node.expression)
        for place, (one, other) in enumerate(zip(first, second, strict=False), start=1):
            left, right = _family(one), _family(other)
            if left and right and left != right and not _is_date_text(one, right) and not _is_date_text(other, left):
                name = f"{type(node).__name__.upper()} {'DISTINCT' if node.args.get('distinct') else 'ALL'}"
                raise invalid_query(f"Column {place} in {name} has incompatible types: {left}, {right}")


def selects_of(query: exp.Expr) -> list[exp.Select]:
    """The SELECTs that a query is made of, in parentheses or not."""
    if isinstance(query, exp.SetOperation):
        return [*selects_of(query.this), *selects_of(query.expression)]
    if isinstance(query, exp.Subquery):
        return selects_of(query.this)
    return [query] if isinstance(query, exp.Select) else []


def selected(query: exp.Expr) -> list[exp.Expr]:
    return [one.unalias() for one in query.selects] if isinstance(query, exp.Query) else []


def _family(value: exp.Expr) -> str | None:
    known = isinstance(value, CERTAIN) and value.type is not None and not isinstance(value, exp.Null)
    return FAMILIES.get(value.type.this) if known and value.type is not None else None


def _is_date_text(value: exp.Expr, family: str) -> bool:
    """A literal of text is taken for the date that it says."""
    return isinstance(value, exp.Literal) and value.is_string and family == FAMILIES[exp.DType.DATE]
