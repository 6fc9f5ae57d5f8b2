"""From a resolved GoogleSQL tree to DuckDB's SQL, where the two differ and SQLGlot alone would change the result."""

from __future__ import annotations

from typing import ClassVar

from sqlglot import exp
from sqlglot.errors import ErrorLevel
from sqlglot.generators.duckdb import DuckDBGenerator

from localcloud.services.bigquery.arithmetic import computed
from localcloud.services.bigquery.cast_formats import BINARIES, cast_by_format
from localcloud.services.bigquery.comparisons import EXACT_TYPES, compared, is_of
from localcloud.services.bigquery.errors import invalid_query
from localcloud.services.bigquery.functions import PREFIX, bignumerics, engine_name
from localcloud.services.bigquery.functions.casts import CASTS
from localcloud.services.bigquery.functions.formats import conversions
from localcloud.services.bigquery.functions.time_formats import plain
from localcloud.services.bigquery.googlesql import DIALECT, Call, call, part_name
from localcloud.services.bigquery.json_values import subscripted
from localcloud.services.bigquery.spelling import spelling
from localcloud.services.bigquery.totals import totalled

# Said by SQLGlot of every EXTRACT from a timestamp; the engine's session is in UTC, as BigQuery is.
HARMLESS = ("timezone handling",)
NUMERIC_SIZES = {"DECIMAL": "DECIMAL(38, 9)", "BIGDECIMAL": "DECIMAL(38, 18)"}
CURRENT = {exp.CurrentDate: "DATE", exp.CurrentDatetime: "DATETIME", exp.CurrentTime: "TIME"}
LIMITED = ("TEXT", "BINARY")
"""Types with a greatest length, by SQLGlot's names."""
PARTS_AS_TYPES = {"DATE": "to_date", "TIME": "to_time", "DATETIME": "to_datetime"}


TAKERS = [engine_name(name) for name in bignumerics.TAKERS]
OF_NUMERICS = (Call, exp.Format)
"""Functions that take no BIGNUMERIC, but for those in TAKERS."""
WRITTEN = {
    engine_name(name): known
    for name, known in (
        ("FORMAT_DATE", "d"),
        ("FORMAT_DATETIME", "dt"),
        ("FORMAT_TIME", "t"),
        ("FORMAT_TIMESTAMP", "dtz"),
    )
}
"""What the elements of a format may be of: date, time or zone, by their first letters."""


class Generator(DuckDBGenerator):
    """DuckDB's SQL, with calls of the table's functions by the names they have there."""

    TRANSFORMS: ClassVar = {**DuckDBGenerator.TRANSFORMS, Call: lambda self, node: self.anonymous_sql(node)}


def to_engine(tree: exp.Expr) -> str:
    """DuckDB's SQL for a tree whose names are resolved and types annotated. Errors: a 400 for what has no equal."""
    tree = _with_types(_each_rewritten(tree.copy()))
    generator = Generator(dialect="duckdb", unsupported_level=ErrorLevel.IGNORE, normalize_functions=False)
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


def _with_types(tree: exp.Expr) -> exp.Expr:
    """Calls of the table's functions on what groups, windows or aliases give, as calls within a lambda.

    The engine chooses among a macro's overloads before it knows what an aggregation gives; of a lambda's parameter it
    knows the type.
    """
    for node in reversed(list(tree.find_all(Call))):
        if any(_is_late(argument) for argument in node.expressions):
            made = _within_lambda(node)
            made.type = node.type
            tree = made if node is tree else tree
            node.replace(made)
    return tree


def _within_lambda(node: exp.Anonymous) -> exp.Expr:
    """`list_transform([{'a0': MAX(x)}], lambda v: f(struct_extract(v, 'a0')))[1]`; HAVING takes v.a0 for a column."""
    fields, arguments = list[exp.Expr](), list[exp.Expr]()
    for place, argument in enumerate(node.expressions):
        if isinstance(argument, exp.Literal):
            arguments.append(argument.copy())
            continue
        name = f"a{place}"
        fields.append(exp.PropertyEQ(this=exp.to_identifier(name), expression=argument.copy()))
        arguments.append(exp.Anonymous(this="struct_extract", expressions=[exp.column("v"), exp.Literal.string(name)]))
    body = type(node)(this=node.this, expressions=arguments)
    made = exp.Lambda(this=body, expressions=[exp.to_identifier("v")])
    row = exp.Array(expressions=[exp.Struct(expressions=fields)])
    listed = exp.Anonymous(this="list_transform", expressions=[row, made])
    return exp.Anonymous(this="list_extract", expressions=[listed, exp.Literal.number(1)])


def _tried(function: exp.Expr) -> exp.Expr:
    """NULL for an error of the function; one of its arguments' is the query's."""
    arguments = [one for one in function.iter_expressions() if one.find(exp.Func, exp.Binary, exp.Query)]
    if not isinstance(function, exp.Anonymous) or not arguments:
        return exp.Anonymous(this="TRY", expressions=[function])
    listed = _within_lambda(function)
    body = listed.find(exp.Lambda)
    assert body is not None
    body.set("this", exp.Anonymous(this="TRY", expressions=[body.this]))
    return listed


def _is_late(argument: exp.Expr) -> bool:
    if isinstance(argument, exp.Query):
        return False
    aliases = (one for one in argument.find_all(exp.Column) if not one.table)
    return argument.find(exp.AggFunc, exp.Window) is not None or any(aliases)


def _rewritten(node: exp.Expr) -> exp.Expr:
    """What stands for a node in DuckDB; it may take over the node's children, not the node itself."""
    _refuse_bignumerics(node)
    if isinstance(node, exp.Literal):
        return _float_literal(node)
    if isinstance(node, exp.Cast):
        return _cast(node)
    if isinstance(node, exp.DataType):
        return _inner_type(node)
    if isinstance(node, exp.Extract):
        return _extract(node)
    if isinstance(node, exp.Trim) and any(is_of(one, *BINARIES) for one in node.iter_expressions()):
        side = (node.args.get("position") or "").lower()
        return call(f"trimmed_{side}" if side else "trimmed", node.this, node.expression or exp.Null())
    if isinstance(node, exp.SafeFunc):
        return _tried(node.this)
    if isinstance(node, exp.SessionUser):
        raise invalid_query("SESSION_USER() is not supported here")
    if isinstance(node, exp.Format):
        return _format(node)
    if isinstance(node, Call) and node.name in WRITTEN:
        return _time_format(node)
    if isinstance(node, Call) and node.name == engine_name("STRING") and is_of(node.expressions[0], exp.DType.JSON):
        return call("json_string", node.expressions[0])
    if isinstance(node, tuple(CURRENT)):
        return call(CURRENT[type(node)], exp.CurrentTimestamp(), node.this or exp.Literal.string("UTC"))
    if isinstance(node, exp.Bracket) and not node.args.get("safe") and _is_of_array(node):
        return _element(node)
    if isinstance(node, exp.Like):
        return _like(node)
    if isinstance(node, exp.PropertyEQ):
        node.this.replace(exp.to_identifier(spelling(node.this), quoted=True))
    for rule in (computed, totalled, compared, subscripted):
        made = rule(node)
        if made is not node:
            return made
    return node


def _refuse_bignumerics(node: exp.Expr) -> None:
    if isinstance(node, OF_NUMERICS) and node.name not in TAKERS:
        arguments = [one for one in node.iter_expressions() if is_of(one, exp.DType.BIGDECIMAL)]
        if arguments:
            name = node.name.removeprefix(PREFIX).upper() if isinstance(node, Call) else node.sql_name()
            raise invalid_query(f"{name} of a BIGNUMERIC is not supported here: CAST it to NUMERIC or FLOAT64")


def _is_of_array(node: exp.Bracket) -> bool:
    kind = node.this.type
    return node.args.get("offset") is not None or (kind is not None and kind.is_type(exp.DType.ARRAY))


def _element(node: exp.Bracket) -> exp.Expr:
    """An array's element at OFFSET or ORDINAL; DuckDB has NULL where BigQuery has an error."""
    (position,) = node.expressions
    return call("element", node.this, position, exp.Literal.number(node.args.get("offset") or 0))


def _float_literal(node: exp.Literal) -> exp.Expr:
    """1.5 is a FLOAT64 in GoogleSQL and a DECIMAL in DuckDB; a cast to NUMERIC takes all of its digits."""
    if node.is_string or node.name.isdigit() or isinstance(node.parent, exp.DataTypeParam):
        return node
    around = node.parent
    while isinstance(around, (exp.Neg, exp.Paren)):
        around = around.parent
    return node if isinstance(around, exp.Cast) and around.to.this in EXACT_TYPES else exp.cast(node, exp.DType.DOUBLE)


def _extract(node: exp.Extract) -> exp.Expr:
    """EXTRACT(part FROM x AT TIME ZONE zone)."""
    part, value = part_name(node.this), node.expression
    if isinstance(value, exp.AtTimeZone):
        value = call("DATETIME", value.this, value.args["zone"])
    if part in PARTS_AS_TYPES:
        return call(PARTS_AS_TYPES[part], value)
    return call("extracted", exp.Literal.string("ISOWEEK" if node.this.name.upper() == "ISOWEEK" else part), value)


def _cast(node: exp.Cast) -> exp.Expr:
    """By the table of functions; structs and arrays as the engine casts them."""
    name = CASTS.get(node.to.this.name)
    if node.to.is_type(exp.DType.INTERVAL):
        raise invalid_query("CAST to INTERVAL is not supported here: write a literal or MAKE_INTERVAL")
    if node.args.get("format") is not None:
        made = cast_by_format(node)
        return exp.Anonymous(this="TRY", expressions=[made]) if isinstance(node, exp.TryCast) else made
    if name is None:
        return node
    value = node.this
    if is_of(value, exp.DType.BIGDECIMAL):
        name = f"bignumeric_{name}"
    elif node.to.this in EXACT_TYPES:
        value = _digits(value)
    made: exp.Expr = call(name, value)
    if node.to.expressions and node.to.this.name in NUMERIC_SIZES:
        whole = exp.DataType.build(NUMERIC_SIZES[node.to.this.name], dialect="duckdb")
        made = exp.cast(exp.Cast(this=made, to=node.to), whole)
    elif node.to.expressions and node.to.this.name in LIMITED:
        made = call("limited", made, exp.Literal.string(node.to.sql(dialect=DIALECT)), *node.to.expressions)
    return _tried(made) if isinstance(node, exp.TryCast) else made


def _digits(value: exp.Expr) -> exp.Expr:
    """A literal such as -1.5 as text."""
    plain = value.unnest()
    sign, number = ("-", plain.this) if isinstance(plain, exp.Neg) else ("", plain)
    literal = isinstance(number, exp.Literal) and not number.is_string
    return exp.Literal.string(sign + number.name) if literal else value


def _format(node: exp.Format) -> exp.Expr:
    """FORMAT with its arguments as text; %t and %T write NULL as a word."""
    form = node.this
    kinds = conversions(form.name) if isinstance(form, exp.Literal) else ""
    texts = list[exp.Expr]()
    for place, value in enumerate(node.expressions):
        kind = kinds[place : place + 1]
        text = call({"t": "shown", "T": "literal"}.get(kind, "to_string"), value)
        texts.append(exp.Coalesce(this=text, expressions=[exp.Literal.string("NULL")]) if kind in ("t", "T") else text)
    return call("formatted_text", form, exp.cast(exp.Array(expressions=texts), "ARRAY<VARCHAR>"))


def _time_format(node: Call) -> exp.Expr:
    """FORMAT_DATE and its kin, by the engine's own function if the format is plain."""
    form, value, *zone = node.expressions
    known = WRITTEN[node.name]
    engine_form = plain(form.name, known) if isinstance(form, exp.Literal) else None
    if engine_form is None:
        return node
    if known == "t":
        value = exp.Add(this=exp.cast(exp.Literal.string("1970-01-01"), exp.DType.DATE), expression=value)
    elif "z" in known:
        value = call("DATETIME", value, *(zone or [exp.Literal.string("UTC")]))
    return exp.Anonymous(this="strftime", expressions=[value, exp.Literal.string(engine_form)])


def _like(node: exp.Like) -> exp.Expr:
    r"""A backslash escapes what follows it."""
    pattern = node.expression
    if isinstance(node.parent, exp.Escape) or (isinstance(pattern, exp.Literal) and "\\" not in pattern.name):
        return node
    return exp.Escape(this=node.copy(), expression=exp.Literal.string("\\"))


def _inner_type(node: exp.DataType) -> exp.DataType:
    """NUMERIC within an ARRAY or STRUCT, with its digits. Errors: a 400 for STRING(5) and NUMERIC(3, 1) there."""
    if isinstance(node.parent, exp.Cast):
        return node
    if node.expressions and node.this.name in (*LIMITED, *NUMERIC_SIZES):
        raise invalid_query(f"{node.sql(dialect=DIALECT)} within a type is not supported here: CAST the elements to it")
    if node.this.name not in NUMERIC_SIZES:
        return node
    sized = exp.DataType.build(NUMERIC_SIZES[node.this.name], dialect="duckdb")
    node.set("this", sized.this)
    node.set("expressions", sized.expressions)
    return node
