"""Aggregate calls with all that GoogleSQL lets stand in their parentheses, and over nothing, NULL and NaN.

source: docs.cloud.google.com/bigquery/docs/reference/standard-sql/aggregate-function-calls.
"""

from __future__ import annotations

from sqlglot import exp

from localcloud.services.bigquery.comparisons import INTEGER_TYPES, is_nan, is_of, may_be_nan, nan
from localcloud.services.bigquery.errors import invalid_query
from localcloud.services.bigquery.functions import engine_name

NULLS = (exp.IgnoreNulls, exp.RespectNulls)
OF_A_ROW = (exp.FirstValue, exp.LastValue, exp.NthValue, exp.Lag, exp.Lead, exp.PercentileCont, exp.PercentileDisc)
"""Calls that the engine too lets skip NULLs."""
QUANTILES = (exp.ApproxQuantiles, exp.PercentileCont, exp.PercentileDisc)
EXTREME = "extreme"
GREATEST_INT64 = 2**63 - 1


def with_modifiers(tree: exp.Expr) -> exp.Expr:
    """The query, its types annotated, with aggregate calls as the engine has them."""
    for having in list(tree.find_all(exp.HavingMax)):
        call = having.find_ancestor(exp.AggFunc)
        assert call is not None
        filtered = call.parent if isinstance(call.parent, exp.Filter) else None
        (filtered or call).replace(_over_extremes(call, having, filtered))
    for call in reversed(list(tree.find_all(exp.AggFunc))):
        whole = call.parent if isinstance(call.parent, NULLS) else call
        if isinstance(whole, exp.RespectNulls) and isinstance(call, QUANTILES):
            raise invalid_query(f"{call.sql_name()} with RESPECT NULLS is not supported here")
        if not isinstance(call, OF_A_ROW):
            made = _made(call, isinstance(whole, exp.IgnoreNulls))
            if isinstance(whole.parent, exp.Filter):
                whole = whole.parent
                made = _within(made, whole.expression.this)
            if made is not whole:
                made.type = made.type or call.type
                whole.replace(made)
    return tree


def _made(call: exp.AggFunc, ignores_nulls: bool) -> exp.Expr:
    if isinstance(call, exp.CountIf):
        return exp.Count(this=_only_true(call.this))
    if isinstance(call, exp.Min) and may_be_nan(value_of(call)):
        return _least(call)
    if isinstance(call, exp.ArrayAgg):
        return _values(call, ignores_nulls)
    if isinstance(call, exp.ArrayConcatAgg) and isinstance(call.this, exp.Limit):
        return exp.Anonymous(this="flatten", expressions=[_values(call, ignores_nulls=True)])
    if isinstance(call, exp.GroupConcat) and (isinstance(call.this, exp.Limit) or _is_bytes(value_of(call))):
        return _joined(call)
    if isinstance(call, exp.ApproxTopK):
        return _most_frequent(call)
    if isinstance(call, exp.ApproxTopSum):
        return _greatest_sums(call)
    return _not_null(call.copy(), value_of(call)) if ignores_nulls else call.copy()


def _within(made: exp.Expr, condition: exp.Expr) -> exp.Expr:
    """The same over the rows of a PIVOT's value: each of its aggregates is filtered."""
    made = exp.paren(made, copy=False)
    for call in reversed(list(made.find_all(exp.AggFunc))):
        own = call.parent if isinstance(call.parent, exp.Filter) else None
        if own is not None:
            own.expression.set("this", exp.and_(own.expression.this, condition.copy()))
        elif not call.find_ancestor(exp.Subquery):
            call.replace(exp.Filter(this=call.copy(), expression=exp.Where(this=condition.copy())))
    return made.this


def value_of(call: exp.Expr) -> exp.Expr:
    """What is aggregated, without its modifiers."""
    value = call.this
    while isinstance(value, (exp.Limit, exp.Order, exp.HavingMax, exp.Distinct)):
        value = value.expressions[0] if isinstance(value, exp.Distinct) else value.this
    return value


def _over_extremes(call: exp.AggFunc, having: exp.HavingMax, filtered: exp.Filter | None) -> exp.Expr:
    """`f(x HAVING MAX y)` as a query over the group's rows, of those that are filtered, whose y is the greatest."""

    def given(aggregate: exp.Expr) -> exp.Expr:
        return exp.Filter(this=aggregate, expression=filtered.expression.copy()) if filtered else aggregate

    extreme, greatest = having.expression, having.args["max"]
    if isinstance(call, exp.AnyValue):
        name = "arg_max_null" if greatest else "arg_min_null"
        made = given(exp.Anonymous(this=name, expressions=[having.this.copy(), extreme.copy()]))
        if not may_be_nan(extreme):
            return made
        any_nan = given(exp.LogicalOr(this=is_nan(extreme)))
        return exp.Case(ifs=[exp.If(this=any_nan, true=exp.Null())], default=made)  # no value is equal to a NaN
    having.replace(having.this)
    fields = {EXTREME: extreme}
    for place, column in enumerate(call.find_all(exp.Column)):
        fields[f"v{place}"] = column.copy()
        column.replace(_element(f"v{place}", column.type))
    made = exp.Struct(
        expressions=[exp.PropertyEQ(this=exp.to_identifier(name), expression=one) for name, one in fields.items()]
    )
    rows = exp.Unnest(
        expressions=[given(exp.ArrayAgg(this=made))], alias=exp.TableAlias(columns=[exp.to_identifier("element")])
    )
    limit = given((exp.Max if greatest else exp.Min)(this=extreme.copy()))
    limit.type = extreme.type
    condition = exp.EQ(this=_element(EXTREME, extreme.type), expression=limit)
    return exp.select(call.copy(), copy=False).from_(rows, copy=False).where(condition, copy=False).subquery(copy=False)


def _element(name: str, kind: exp.DataType | None) -> exp.Dot:
    made = exp.Dot(this=exp.column("element"), expression=exp.to_identifier(name))
    made.type = kind
    return made


def _only_true(condition: exp.Expr) -> exp.Expr:
    """What COUNT counts where COUNTIF counts conditions: over nothing it is 0."""
    distinct = isinstance(condition, exp.Distinct)
    true = exp.If(this=(condition.expressions[0] if distinct else condition).copy(), true=exp.true())
    return exp.Distinct(expressions=[exp.Case(ifs=[true])]) if distinct else exp.Case(ifs=[true])


def _least(call: exp.Min) -> exp.Expr:
    """NaN if one is; the engine takes it for the largest number."""
    window = call.parent if isinstance(call.parent, exp.Window) else None
    any_nan: exp.Expr = exp.LogicalOr(this=is_nan(value_of(call)))
    if window is None:
        return _nan_if(any_nan, call.copy())
    over = window.copy()
    over.set("this", any_nan)
    window.replace(_nan_if(over, window.copy()))
    return call


def _nan_if(condition: exp.Expr, otherwise: exp.Expr) -> exp.Expr:
    return exp.Case(ifs=[exp.If(this=condition, true=nan())], default=otherwise)


def _values(call: exp.AggFunc, ignores_nulls: bool) -> exp.Expr:
    """The list of what is aggregated, as far as the call's limit."""
    limit = call.this if isinstance(call.this, exp.Limit) else None
    made: exp.Expr = exp.ArrayAgg(this=(limit or call).this.copy())
    if ignores_nulls:
        made = _not_null(made, value_of(call))
    if limit is None:
        return made
    return exp.Anonymous(this="list_slice", expressions=[made, exp.Literal.number(1), limit.expression.copy()])


def _not_null(call: exp.Expr, value: exp.Expr) -> exp.Expr:
    given = exp.Is(this=value.copy(), expression=exp.Null()).not_(copy=False)
    return exp.Filter(this=call, expression=exp.Where(this=given))


def _is_bytes(value: exp.Expr) -> bool:
    return is_of(value, exp.DType.BINARY, exp.DType.VARBINARY)


def _joined(call: exp.GroupConcat) -> exp.Expr:
    """STRING_AGG of BYTES or with a limit, which the engine has not."""
    separator = call.args.get("separator")
    if separator is None:
        comma = exp.Literal.string(",")
        separator = exp.cast(comma, exp.DType.BINARY) if _is_bytes(value_of(call)) else comma
    a, b = exp.to_identifier("a"), exp.to_identifier("b")
    between = exp.DPipe(this=exp.DPipe(this=exp.column("a"), expression=separator.copy()), expression=exp.column("b"))
    step = exp.Lambda(this=between, expressions=[a, b])
    return exp.Anonymous(this="list_reduce", expressions=[_values(call, ignores_nulls=True), step])


def _most_frequent(call: exp.ApproxTopK) -> exp.Expr:
    """APPROX_TOP_COUNT, exactly; NULL counts as a value."""
    value, wanted = call.this.sql(dialect="duckdb"), call.expression.sql(dialect="duckdb")
    given = f"map_entries(histogram({value}) FILTER (WHERE {value} IS NOT NULL))"
    counts = f"list_transform({given}, lambda one: {{'count': CAST(one.value AS BIGINT), 'value': one.key}})"
    nulls = f"CASE WHEN COUNT(*) > COUNT({value}) THEN [{{'count': COUNT(*) - COUNT({value}), 'value': NULL}}] END"
    found = f"list_slice(list_reverse_sort(list_concat({counts}, {nulls})), 1, {wanted})"
    return exp.maybe_parse(
        f"list_transform({found}, lambda one: {{'value': one.value, 'count': one.count}})", dialect="duckdb"
    )


def _greatest_sums(call: exp.ApproxTopSum) -> exp.Expr:
    """APPROX_TOP_SUM, exactly: of each value the sum of its weights, NULL if it has none, the greatest first."""
    value, weight, wanted = (one.sql(dialect="duckdb") for one in (call.this, call.expression, call.args["count"]))
    said = "'APPROX_TOP_SUM does not support negative or NaN weights in the second argument; got '"
    weight = f"""CASE WHEN {weight} < 0 OR isnan(CAST({weight} AS DOUBLE))
                 THEN CAST({engine_name("raise")}({said} || {weight}) AS BIGINT) ELSE {weight} END"""
    rows = f"list({{'value': {value}, 'weight': {weight}}})"
    total = "SUM(one.weight)"
    if is_of(call.expression, *INTEGER_TYPES):  # the engine's sum of these has 128 bits, and no overflow
        overflow = f"CAST({engine_name('raise')}('int64 overflow in APPROX_TOP_SUM: ' || {total}) AS BIGINT)"
        total = f"CASE WHEN {total} > {GREATEST_INT64} THEN {overflow} ELSE {total} END"
    groups = f"(SELECT one.value AS value, {total} AS sum FROM UNNEST({rows}) AS u(one) GROUP BY ALL)"
    found = f"SELECT list({{'value': value, 'sum': sum}} ORDER BY sum DESC NULLS LAST)[1:{wanted}] FROM {groups}"
    return exp.maybe_parse(f"({found})", dialect="duckdb")
