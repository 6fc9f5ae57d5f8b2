"""PIVOT and UNPIVOT as the queries that they stand for.

source: docs.cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax#pivot_operator.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from localcloud.services.bigquery.errors import invalid_query

SOURCE = "__unpivoted"
ROWS = "__unpivoted_rows"


def without_pivots(tree: exp.Expr) -> None:
    """Put subqueries in the place of pivots, the query's names not yet resolved."""
    for pivot in reversed(list(tree.find_all(exp.Pivot))):
        source = pivot.parent
        assert isinstance(source, exp.Expr)
        alias = pivot.args.get("alias")
        made = exp.Subquery(this=None, alias=alias.copy() if alias is not None else None)
        source.replace(made)
        pivot.pop()
        made.set("this", _unpivoted(source, pivot) if pivot.args.get("unpivot") else _pivoted(source, pivot))


def _pivoted(source: exp.Expr, pivot: exp.Pivot) -> exp.Select:
    """The other columns are what it groups by; a column for each value and aggregate, over the value's rows."""
    (field,) = pivot.args["fields"]
    own = [column for column in pivot.find_all(exp.Column) if column.find_ancestor(exp.Query) is None]
    used = {column.name.lower(): column.this.copy() for column in own}
    selected: list[exp.Expr] = [exp.Star(except_=list(used.values()))]
    if any(one.find(exp.Rand, exp.Uuid) for one in pivot.expressions):
        raise invalid_query("RAND() and GENERATE_UUID() in the aggregates of a PIVOT are not supported here")
    for value in field.expressions:
        for call in pivot.expressions:
            prefix = f"{call.alias}_" if isinstance(call, exp.Alias) else ""
            name = value.alias if isinstance(value, exp.PivotAlias) else _default_name(value, bool(prefix))
            constant = value.this if isinstance(value, exp.PivotAlias) else value
            given = exp.Where(this=exp.NullSafeEQ(this=field.this.copy(), expression=constant.copy()))
            aggregate = exp.Filter(this=call.unalias().copy(), expression=given)
            selected.append(exp.alias_(aggregate, exp.to_identifier(prefix + name)))
    query = exp.select(*selected, copy=False).from_(source, copy=False)
    query.set("group", exp.Group(all=True))
    return query


def _default_name(value: exp.Expr, prefixed: bool) -> str:
    if isinstance(value, exp.Null):
        return "NULL"
    if isinstance(value, exp.Boolean):
        return str(value.this).upper()
    if isinstance(value, exp.Cast) and value.to.is_type(exp.DType.DATE):
        text = value.this.name.replace("-", "_")
    elif isinstance(value, exp.Literal) and value.is_string:
        return value.name
    elif value.find(exp.Literal) and isinstance(value, (exp.Literal, exp.Neg, exp.Cast)):
        text = value.sql(dialect="bigquery") if not isinstance(value, exp.Cast) else value.this.name
        text = text.replace("-", "minus_").replace(".", "_point_")
    else:
        raise invalid_query("A value of PIVOT that is no constant, or a STRUCT, is not supported here without an alias")
    return text if prefixed or not text[0].isdigit() else f"_{text}"


def _unpivoted(source: exp.Expr, pivot: exp.Pivot) -> exp.Select:
    """A row for each group of columns: the other columns, their values, and the name of the group."""
    (field,) = pivot.args["fields"]
    (values,) = pivot.expressions
    names = [_identifier(one) for one in (values.expressions if isinstance(values, exp.Tuple) else [values])]
    names.append(_identifier(field.this))
    groups = list(_groups(field.expressions))
    if not source.alias_or_name:
        source.set("alias", exp.TableAlias(this=exp.to_identifier(SOURCE)))
    of_source = exp.to_identifier(source.alias_or_name)
    used = [column.this.copy() for columns, _ in groups for column in columns]
    rest = exp.Column(this=exp.Star(except_=used), table=of_source.copy())
    rows = [
        exp.Struct(
            expressions=[
                exp.PropertyEQ(this=name.copy(), expression=value)
                for name, value in zip(names, [*(_of(one, of_source) for one in columns), label.copy()], strict=True)
            ]
        )
        for columns, label in groups
    ]
    unnest = exp.Unnest(
        expressions=[exp.Array(expressions=rows)], alias=exp.TableAlias(columns=[exp.to_identifier(ROWS)])
    )
    made = [exp.Column(this=name.copy(), table=exp.to_identifier(ROWS)) for name in names]
    query = exp.select(rest, *made, copy=False).from_(source, copy=False).join(unnest, join_type="cross", copy=False)
    if not pivot.args.get("include_nulls"):
        given = [exp.Is(this=one.copy(), expression=exp.Null()).not_(copy=False) for one in made[:-1]]
        query = query.where(exp.or_(*given, copy=False), copy=False)
    return query


def _groups(expressions: list[exp.Expr]) -> Iterator[tuple[list[exp.Expr], exp.Expr]]:
    """Columns that are a row together, and what names them: the text after AS, else their names."""
    for one in expressions:
        group = one.this if isinstance(one, exp.PivotAlias) else one
        columns = group.expressions if isinstance(group, exp.Tuple) else [group]
        label = one.args["alias"] if isinstance(one, exp.PivotAlias) else None
        yield columns, label or exp.Literal.string("_".join(column.name for column in columns))


def _of(column: exp.Expr, source: exp.Identifier) -> exp.Column:
    return exp.Column(this=column.this.copy(), table=source.copy())


def _identifier(name: exp.Expr) -> exp.Identifier:
    return name if isinstance(name, exp.Identifier) else name.this
