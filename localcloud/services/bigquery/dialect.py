"""From a resolved GoogleSQL tree to DuckDB's SQL, where the two differ and SQLGlot alone would change the result."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ErrorLevel

from localcloud.services.bigquery.errors import invalid_query

# Said by SQLGlot of every EXTRACT from a timestamp; the engine's session is in UTC, as BigQuery is.
HARMLESS = ("timezone handling",)
INTEGER_TYPES = (exp.DType.BIGINT, exp.DType.INT)
FLOAT_TYPES = (exp.DType.DOUBLE, exp.DType.FLOAT)
PARTS_OF_SECOND = {"MICROSECOND": 1_000_000, "MILLISECOND": 1_000}
NUMERIC_SIZES = {"DECIMAL": "DECIMAL(38, 9)", "BIGDECIMAL": "DECIMAL(38, 18)"}


def to_engine(tree: exp.Expr) -> str:
    """DuckDB's SQL for a tree whose names are resolved and types annotated. Errors: a 400 for what has no equal."""
    tree = tree.transform(_rewritten)
    generator = DuckDB().generator(unsupported_level=ErrorLevel.IGNORE)
    sql = generator.generate(tree)
    refused = [text for text in generator.unsupported_messages if not any(part in text for part in HARMLESS)]
    if refused:
        raise invalid_query(f"Not supported here: {refused[0]}")
    return sql


def _rewritten(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Literal):
        return _float_literal(node)
    if isinstance(node, exp.Extract):
        return _extract(node)
    if isinstance(node, exp.Cast):
        return _cast(node)
    if isinstance(node, exp.TimestampDiff):
        # BigQuery counts whole intervals between timestamps; DuckDB's date_diff counts boundaries crossed.
        return exp.Anonymous(this="date_sub", expressions=[_part(node), node.expression, node.this])
    if isinstance(node, (exp.UnixToTime, exp.StrToTime)) and not isinstance(node.parent, exp.Cast):
        return exp.cast(node, exp.DType.TIMESTAMPTZ)  # DuckDB's have no zone
    if isinstance(node, (exp.DateAdd, exp.DateSub, exp.DateTrunc)) and not isinstance(node.parent, exp.Cast):
        return _date_arithmetic(node)
    if isinstance(node, exp.Format):
        return exp.Anonymous(this="printf", expressions=[node.this, *node.expressions])
    if isinstance(node, exp.ArrayAgg) and isinstance(node.this, exp.Limit):
        return _limited_array(node)
    if isinstance(node, exp.Unnest) and node.alias_column_names:
        node.set("explode_array", None)  # the alias names the whole struct, whose fields are not columns of their own
    return node


def _float_literal(node: exp.Literal) -> exp.Expr:
    """1.5 is a FLOAT64 in GoogleSQL and a DECIMAL in DuckDB."""
    if node.is_string or node.name.isdigit() or isinstance(node.parent, (exp.Cast, exp.DataTypeParam)):
        return node
    return exp.cast(node, exp.DType.DOUBLE)


def _extract(node: exp.Extract) -> exp.Expr:
    part = node.this.name.upper()
    if part == "WEEK":
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
    return node


def _date_arithmetic(node: exp.Expr) -> exp.Expr:
    """A DATE stays a DATE in BigQuery; DuckDB makes a timestamp of it."""
    kind = node.this.type
    return exp.cast(node, exp.DType.DATE) if kind is not None and kind.is_type(exp.DType.DATE) else node


def _limited_array(node: exp.ArrayAgg) -> exp.Expr:
    limit = node.this
    whole = exp.ArrayAgg(this=limit.this)
    return exp.Anonymous(this="list_slice", expressions=[whole, exp.Literal.number(1), limit.expression])


def _part(node: exp.Expr) -> exp.Expr:
    unit = node.args.get("unit")
    return exp.Literal.string(unit.name.lower() if unit is not None else "day")
