"""Conditions over every element of an array, and LIKE ANY and LIKE ALL, which are such conditions.

source: docs.cloud.google.com/bigquery/docs/reference/standard-sql/operators#like_operator_quantified.
"""

from __future__ import annotations

from sqlglot import exp

ELEMENT = "element"


def of_each(array: exp.Expr, made: exp.Expr) -> exp.Expr:
    """What is made of each element of an array, which is the column ELEMENT there."""
    test = exp.Lambda(this=made, expressions=[exp.to_identifier(ELEMENT)])
    return exp.Anonymous(this="list_transform", expressions=[array.copy(), test])


def for_any(tested: exp.Expr) -> exp.Case:
    """TRUE if a test is, else NULL if one is, else FALSE."""
    return _first_of(tested, exp.true(), exp.false())


def for_all(tested: exp.Expr) -> exp.Case:
    """FALSE if a test is, else NULL if one is, else TRUE."""
    return _first_of(tested, exp.false(), exp.true())


def _first_of(tested: exp.Expr, decisive: exp.Boolean, otherwise: exp.Boolean) -> exp.Case:
    found = exp.Anonymous(this="list_contains", expressions=[tested, decisive])
    known, every = (exp.Anonymous(this=name, expressions=[tested.copy()]) for name in ("list_count", "len"))
    unknown = exp.LT(this=known, expression=every)
    branches = [exp.If(this=found, true=decisive.copy()), exp.If(this=unknown, true=exp.null())]
    return exp.Case(ifs=branches, default=otherwise)


def with_likes(tree: exp.Expr) -> exp.Expr:
    """The query with each LIKE ANY and LIKE ALL written out."""
    for node in reversed(list(tree.find_all(exp.Like))):
        if isinstance(node.expression, (exp.Any, exp.All)):
            node.replace(_written_out(node, node.expression))
    return tree


def _written_out(node: exp.Like, quantifier: exp.Any | exp.All) -> exp.Expr:
    every, negated = isinstance(quantifier, exp.All), bool(node.args.get("negate"))
    patterns = quantifier.this
    if isinstance(patterns, (exp.Tuple, exp.Paren)) or (
        isinstance(patterns, exp.Subquery) and isinstance(patterns.this, exp.Subquery)
    ):
        listed = patterns.expressions if isinstance(patterns, exp.Tuple) else [patterns.this]
        likes = [_like(node.this, one, negated) for one in listed]
        return exp.paren((exp.and_ if every else exp.or_)(*likes, copy=False), copy=False)
    of_query = isinstance(patterns, exp.Query)
    array = exp.Array(expressions=[patterns.unnest()]) if of_query else patterns.expressions[0]
    empty = exp.EQ(this=exp.func("coalesce", exp.func("len", array.copy()), "0"), expression=exp.Literal.number(0))
    of_nothing = every != negated if of_query else negated
    made = (for_all if every else for_any)(of_each(array, _like(node.this, exp.column(ELEMENT), negated)))
    made.args["ifs"].insert(0, exp.If(this=empty, true=exp.Boolean(this=of_nothing)))
    return made


def _like(value: exp.Expr, pattern: exp.Expr, negated: bool) -> exp.Expr:
    like = exp.Like(this=value.copy(), expression=pattern.copy())
    return exp.not_(exp.paren(like, copy=False), copy=False) if negated else like
