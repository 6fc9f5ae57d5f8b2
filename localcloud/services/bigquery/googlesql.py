"""GoogleSQL as SQLGlot's BigQuery has it, but for the functions that are in the table of `functions/`.

Those stay calls by name with their arguments as written, so that what they mean is the table's alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects import Dialect
from sqlglot.dialects.bigquery import BigQuery
from sqlglot.optimizer.annotate_types import TypeAnnotator
from sqlglot.parsers.bigquery import BigQueryParser
from sqlglot.tokenizer_core import TokenType

from localcloud.services.bigquery.comparisons import EXACT_TYPES
from localcloud.services.bigquery.errors import invalid_query
from localcloud.services.bigquery.functions import FUNCTIONS, engine_name, of_engine_name

DIALECT = "googlesql"
"""SQLGlot's name of it."""
OF_TEXT = "(x VARCHAR"
"""A macro whose first argument, if it is a mere NULL, is one of STRING."""
DAYS = ("SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY")


class Call(exp.Anonymous):
    """A call of a function in the table, by its name in the engine."""


def part_name(node: exp.Expr) -> str:
    """A part of a date as the table's functions take it: WEEK(MONDAY) and ISOWEEK are WEEK1."""
    name = (node.name or node.sql(dialect=DIALECT)).upper()
    if isinstance(node, exp.WeekStart) or (isinstance(node, exp.Anonymous) and name == "WEEK" and node.expressions):
        day = node.this.name.upper() if isinstance(node, exp.WeekStart) else node.expressions[0].name.upper()
        if day not in DAYS:
            raise invalid_query(f"A valid date part name is required but found WEEK({day})")
        return f"WEEK{DAYS.index(day)}"
    return {"WEEK": "WEEK0", "ISOWEEK": "WEEK1"}.get(name, name)


def call(name: str, *arguments: exp.Expr) -> Call:
    return Call(this=engine_name(name), expressions=list(arguments))


def _built(name: str, arguments: list[exp.Expr]) -> exp.Expr:
    function = FUNCTIONS[name]
    for place, kind in function.texts.items():
        if place < len(arguments) and isinstance(arguments[place], exp.Literal) and arguments[place].is_string:
            arguments[place] = exp.cast(arguments[place], kind, dialect=DIALECT)
    if arguments and isinstance(arguments[0], exp.Null) and function.macro.startswith(OF_TEXT):
        of_bytes = any(isinstance(one, exp.ByteString) for one in arguments)
        arguments[0] = exp.cast(arguments[0], exp.DType.BINARY if of_bytes else exp.DType.TEXT)
    if function.part is not None and len(arguments) > function.part:
        arguments[function.part] = exp.Literal.string(part_name(arguments[function.part]))
    return call(name, *arguments)


def _type_of_call(annotator: TypeAnnotator, node: Call) -> exp.Expr:
    function = of_engine_name(node.name)
    kinds = [one.type or exp.DType.UNKNOWN.into_expr() for one in node.expressions]
    kind = _returned(annotator, function.returns, kinds) if function else None
    return annotator._set_type(node, kind.into_expr() if isinstance(kind, exp.DType) else kind)


def _returned(annotator: TypeAnnotator, returns: Any, kinds: list[exp.DataType]) -> exp.DataType | exp.DType | None:
    if isinstance(returns, int):
        return kinds[returns] if returns < len(kinds) else None
    if returns == "ELEMENT":
        return kinds[0].expressions[0] if kinds and kinds[0].expressions else None
    if returns == "FLOAT64|NUMERIC":
        return kinds[0] if kinds and kinds[0].this in EXACT_TYPES else exp.DType.DOUBLE
    if returns in ("SUM", "DIVISION"):
        made = annotator._maybe_coerce(kinds[0], kinds[1])
        made = made.into_expr() if isinstance(made, exp.DType) else made
        return exp.DType.DOUBLE if returns == "DIVISION" and made.is_type(*exp.DataType.INTEGER_TYPES) else made
    if returns.startswith("ARRAY<") and (inner := returns[6:-1]) in ("SUM", "0"):
        element = _returned(annotator, 0 if inner == "0" else inner, kinds)
        element = element.into_expr() if isinstance(element, exp.DType) else element
        return exp.DataType(this=exp.DType.ARRAY, expressions=[element], nested=True) if element else None
    return exp.DataType.build(returns, dialect=DIALECT)


_NAMES = [name for name in FUNCTIONS if name.isupper()]
_BUILDERS: dict[str, Callable[[list[exp.Expr]], exp.Expr]] = {name: partial(_built, name) for name in _NAMES}


class Parser(BigQueryParser):
    """BigQuery's, but for the table's functions."""

    FUNCTIONS: ClassVar = {**BigQueryParser.FUNCTIONS, **_BUILDERS}
    FUNCTION_PARSERS: ClassVar = {
        name: parser for name, parser in BigQueryParser.FUNCTION_PARSERS.items() if name not in _BUILDERS
    }

    def _parse_cast(self, strict: bool, safe: bool | None = None) -> exp.Expr:
        """CAST(x AS type FORMAT expression [AT TIME ZONE zone]); SQLGlot makes other functions of it."""
        start = self._index
        value = self._parse_assignment()
        kind = self._parse_types() if self._match(TokenType.ALIAS) else None
        if kind is None or not self._match(TokenType.FORMAT):
            self._retreat(start)
            return super()._parse_cast(strict, safe)
        form = self._parse_bitwise()
        return self.build_cast(strict=strict, this=value, to=kind, format=form, safe=safe)

    def _parse_json_object(self, agg: bool = False) -> Any:
        """Of arrays of different sizes SQLGlot leaves out what has no counterpart."""
        start = self._index
        (pair, *_) = self._parse_csv(self._parse_json_key_value) or (None,)
        if isinstance(pair, exp.JSONKeyValue):
            sizes = [len(one.expressions) for one in (pair.this, pair.expression) if isinstance(one, exp.Array)]
            if len(sizes) == 2 and sizes[0] != sizes[1]:
                raise invalid_query("Invalid input to JSON_OBJECT: The number of keys and values must match")
        self._retreat(start)
        return super()._parse_json_object(agg)


class GoogleSQL(BigQuery):
    """The dialect of all queries."""

    EXPRESSION_METADATA: ClassVar = {**BigQuery.EXPRESSION_METADATA, Call: {"annotator": _type_of_call}}
    parser_class = Parser


assert Dialect.get(DIALECT) is GoogleSQL
