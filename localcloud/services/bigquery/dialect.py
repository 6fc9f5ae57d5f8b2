"""From a resolved GoogleSQL tree to DuckDB's SQL, where the two differ and SQLGlot alone would change the result."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ErrorLevel

from localcloud.services.bigquery.comparisons import FLOAT_TYPES, without_nan
from localcloud.services.bigquery.errors import invalid_query
from localcloud.services.bigquery.spelling import spelling

# Said by SQLGlot of every EXTRACT from a timestamp; the engine's session is in UTC, as BigQuery is.
HARMLESS = ("timezone handling",)
INTEGER_TYPES = (exp.DType.BIGINT, exp.DType.INT)
PARTS_OF_SECOND = {"MICROSECOND": 1_000_000, "MILLISECOND": 1_000}
NUMERIC_SIZES = {"DECIMAL": "DECIMAL(38, 9)", "BIGDECIMAL": "DECIMAL(38, 18)"}


def to_engine(tree: exp.Expr) -> str:
    """DuckDB's SQL for a tree whose names are resolved and types annotated. Errors: a 400 for what has no equal."""
    tree = _each_rewritten(tree.copy())
    generator = DuckDB().generator(unsupported_level=ErrorLevel.IGNORE)
    sql = generator.generate(tree)
    refused = [text for text in generator.unsupported_messages if not any(part in text for part in HARMLESS)]
    if refused:
        raise invalid_query(f"Not supported here: {refused[0]}")
    return sql


def _each_rewritten(tree: exp.Expr) -> exp.Expr:
    """Every node, children before their parents, so that what a parent takes over is rewritten too."""
    for node in reversed(list(tree.walk(bfs=True))):
        made = _rewritten(node)
        if made is not node:
            made.type = made.type or node.type
            tree = made if node is tree else tree
            node.replace(made)
    return tree


def _rewritten(node: exp.Expr) -> exp.Expr:
    """What stands for a node in DuckDB; it may take over the node's children, not the node itself."""
    if isinstance(node, exp.Literal):
        return _float_literal(node)
    if isinstance(node, (exp.Cast, exp.Extract)):
        return _cast(node) if isinstance(node, exp.Cast) else _extract(node)
    if isinstance(node, (exp.TimeToStr, exp.StrToTime, exp.UnixToTime, exp.TimestampDiff)):
        return _timestamp_function(node)
    if isinstance(node, (exp.DateAdd, exp.DateSub, exp.DateTrunc)) and not isinstance(node.parent, exp.Cast):
        return _date_arithmetic(node)
    if isinstance(node, exp.DateFromUnixDate):
        return exp.cast(node, exp.DType.DATE)
    if isinstance(node, exp.SessionUser):
        raise invalid_query("SESSION_USER() is not supported here")
    if isinstance(node, exp.Format):
        return exp.Anonymous(this="printf", expressions=[node.this, *node.expressions])
    if isinstance(node, exp.Bracket) and not node.args.get("safe") and _is_of_array(node):
        return _element(node)
    if isinstance(node, exp.PropertyEQ):
        node.this.replace(exp.to_identifier(spelling(node.this), quoted=True))
    return without_nan(node)


def _timestamp_function(node: exp.Expr) -> exp.Expr:
    zone = node.args.get("zone")
    if isinstance(node, exp.TimestampDiff):
        # BigQuery counts whole intervals between timestamps; DuckDB's date_diff counts boundaries crossed.
        return exp.Anonymous(this="date_sub", expressions=[_part(node), node.expression, node.this])
    if isinstance(node, exp.TimeToStr):
        if zone is not None:  # the clock of that zone, at a timestamp that has its zone for certain
            instant = exp.cast(node.this.this, exp.DType.TIMESTAMPTZ)
            node.this.replace(exp.AtTimeZone(this=instant, zone=zone.copy()))
            node.set("zone", None)
        return node
    if zone is not None:
        clock = node.copy()
        clock.set("zone", None)
        return exp.AtTimeZone(this=exp.paren(clock, copy=False), zone=zone.copy())
    # DuckDB's have no zone.
    return node if isinstance(node.parent, exp.Cast) else exp.cast(node, exp.DType.TIMESTAMPTZ)


def _is_of_array(node: exp.Bracket) -> bool:
    kind = node.this.type
    return node.args.get("offset") is not None or (kind is not None and kind.is_type(exp.DType.ARRAY))


def _element(node: exp.Bracket) -> exp.Expr:
    """An array's element at OFFSET or ORDINAL; DuckDB has NULL where BigQuery has an error."""
    array, (position,) = node.this, node.expressions
    first = exp.Literal.number(node.args.get("offset") or 0)
    beyond = exp.or_(
        exp.LT(this=position.copy(), expression=first),
        exp.GTE(this=position.copy(), expression=exp.Add(this=exp.func("len", array.copy()), expression=first.copy())),
    )
    said = exp.Literal.string("Array index is out of bounds (use SAFE_OFFSET or SAFE_ORDINAL)")
    safe = node.copy()
    safe.set("safe", True)
    return exp.Case(ifs=[exp.If(this=beyond, true=exp.Anonymous(this="error", expressions=[said]))], default=safe)


def _float_literal(node: exp.Literal) -> exp.Expr:
    """1.5 is a FLOAT64 in GoogleSQL and a DECIMAL in DuckDB."""
    if node.is_string or node.name.isdigit() or isinstance(node.parent, (exp.Cast, exp.DataTypeParam)):
        return node
    return exp.cast(node, exp.DType.DOUBLE)


def _extract(node: exp.Extract) -> exp.Expr:
    part = node.this.name.upper()
    if part == "WEEK" or isinstance(node.this, exp.WeekStart):
        raise invalid_query("EXTRACT(WEEK ...) is not supported here; use ISOWEEK")
    if part == "DATE":
        return exp.cast(node.expression, exp.DType.DATE)
    if part == "ISOWEEK":
        return exp.Extract(this=exp.var("WEEK"), expression=node.expression)
    if part == "DAYOFWEEK":  # 1 is Sunday in BigQuery, 0 in DuckDB
        return exp.paren(exp.Add(this=node.copy(), expression=exp.Literal.number(1)), copy=False)
    if part in PARTS_OF_SECOND:  # DuckDB adds the whole seconds to them
        return exp.paren(exp.Mod(this=node.copy(), expression=exp.Literal.number(PARTS_OF_SECOND[part])), copy=False)
    return node


def _cast(node: exp.Cast) -> exp.Expr:
    target = node.to
    if target.this.name in NUMERIC_SIZES and not target.expressions:
        size = exp.DataType.build(NUMERIC_SIZES[target.this.name], dialect="duckdb")
        return type(node)(this=node.this, to=size)
    source = node.this.type
    if target.is_type(*INTEGER_TYPES) and source is not None and source.is_type(*FLOAT_TYPES):
        # BigQuery rounds halves away from zero; DuckDB's cast rounds them to even.
        return type(node)(this=exp.Round(this=node.this), to=target)
    if target.is_type(*exp.DataType.TEXT_TYPES) and source is not None and source.is_type(*FLOAT_TYPES):
        # A whole number has no point in BigQuery, and zero no sign.
        number = exp.Add(this=exp.cast(node.this, exp.DType.DOUBLE), expression=exp.Literal.number(0))
        text = exp.cast(number, exp.DType.TEXT)
        return exp.Anonymous(
            this="regexp_replace", expressions=[text, exp.Literal.string(r"\.0$"), exp.Literal.string("")]
        )
    return node


def _date_arithmetic(node: exp.Expr) -> exp.Expr:
    """A DATE stays a DATE in BigQuery; DuckDB makes a timestamp of it."""
    kind = node.this.type
    return exp.cast(node, exp.DType.DATE) if kind is not None and kind.is_type(exp.DType.DATE) else node


def _part(node: exp.Expr) -> exp.Expr:
    unit = node.args.get("unit")
    return exp.Literal.string(unit.name.lower() if unit is not None else "day")
