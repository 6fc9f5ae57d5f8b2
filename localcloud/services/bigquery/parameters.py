"""Query parameters: typed values put into the parsed query as literals, never into its text."""

from __future__ import annotations

from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from localcloud.services.bigquery.errors import invalid, invalid_query
from localcloud.services.bigquery.types import RANGE
from localcloud.services.common import object_in

Values = dict[str, exp.Expr]

POSITIONAL = "_positional_"
TYPES = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL", "RECORD": "STRUCT"}
FROM_TEXT = {"BYTES": "FROM_BASE64", "JSON": "PARSE_JSON"}
SCALARS = (
    "BOOL", "INT64", "FLOAT64", "NUMERIC", "DECIMAL", "BIGNUMERIC", "BIGDECIMAL", "STRING", "BYTES", "DATE", "TIME",
    "DATETIME", "TIMESTAMP", "JSON",
)  # fmt: skip
RANGES = ("DATE", "DATETIME", "TIMESTAMP")
REFUSED = ("GEOGRAPHY", "INTERVAL")


def values_of(parameters: list[dict[str, Any]]) -> Values:
    """The API's queryParameters as literals by name; positional ones are named by their order.

    Errors: 400 for a parameter that is not of the API's form, or of a type that is not supported.
    """
    return {
        str(parameter.get("name") or f"{POSITIONAL}{index}").lower(): _literal(
            object_in(parameter, "parameterType"), object_in(parameter, "parameterValue")
        )
        for index, parameter in enumerate(_objects("queryParameters", parameters))
    }


def as_text(parameters: Any) -> Any:
    """The same with each value as text, as the API has it; clients send numbers too."""
    if isinstance(parameters, list):
        return [as_text(one) for one in parameters]
    if isinstance(parameters, dict):
        return {
            name: str(one) if name == "value" and _is_scalar(one) else as_text(one) for name, one in parameters.items()
        }
    return parameters


def _is_scalar(value: object) -> bool:
    return value is not None and not isinstance(value, (str, list, dict))


def _objects(name: str, value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise invalid(f"Invalid value for {name}: it must be a list of objects")
    return value


def _literal(kind: dict[str, Any], value: dict[str, Any]) -> exp.Expr:
    """A parameter's value as an expression of its type; a struct or array without a value is one of NULLs, or empty."""
    target, name = _type(kind), _name(kind)
    if name == "ARRAY":
        element = object_in(kind, "arrayType")
        items = [_literal(element, item) for item in _objects("arrayValues", value.get("arrayValues") or [])]
        return exp.cast(exp.Array(expressions=items), target)
    if name == "STRUCT":
        values = object_in(value, "structValues")
        parts = [_property(part, _literal(of, object_in(values, part))) for part, of in _members(kind)]
        return exp.Struct(expressions=parts)
    if name == "RANGE" and value.get("rangeValue") is not None:
        element, ends = object_in(kind, "rangeElementType"), object_in(value, "rangeValue")
        limits = [_literal(element, object_in(ends, end)) for end in ("start", "end")]
        return exp.Struct(expressions=[_property(part, limit) for part, limit in zip(RANGE, limits, strict=True)])
    text = value.get("value")
    if text is None:
        return exp.cast(exp.Null(), target)
    literal = exp.Literal.string(str(text))
    if name in FROM_TEXT:
        return exp.func(FROM_TEXT[name], literal, dialect="bigquery")
    return exp.cast(literal, target)


def _property(name: str, value: exp.Expr) -> exp.PropertyEQ:
    return exp.PropertyEQ(this=exp.to_identifier(name), expression=value)


def _name(kind: dict[str, Any]) -> str:
    name = str(kind.get("type", "")).upper()
    return TYPES.get(name, name)


def _members(kind: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Names and types of a struct's fields."""
    parts = _objects("structTypes", kind.get("structTypes") or [])
    return [(str(part.get("name") or ""), object_in(part, "type")) for part in parts]


def _type(kind: dict[str, Any]) -> exp.DataType:
    name = _name(kind)
    if name in REFUSED:
        raise invalid(f"Query parameters of type {name} are not supported here")
    if name == "ARRAY":
        element = object_in(kind, "arrayType")
        if _name(element) == "ARRAY":
            raise invalid("Invalid type of a query parameter: an array of arrays")
        return exp.DataType(this=exp.DType.ARRAY, expressions=[_type(element)], nested=True)
    if name == "STRUCT":
        parts = [exp.ColumnDef(this=exp.to_identifier(part), kind=_type(of)) for part, of in _members(kind)]
        return exp.DataType(this=exp.DType.STRUCT, expressions=parts, nested=True)
    if name == "RANGE":
        element = _type(object_in(kind, "rangeElementType"))
        if element.sql(dialect="bigquery") not in RANGES:
            raise invalid(f"Invalid type of a query parameter: a RANGE is of {', '.join(RANGES)}")
        parts = [exp.ColumnDef(this=exp.to_identifier(part), kind=element.copy()) for part in RANGE]
        return exp.DataType(this=exp.DType.STRUCT, expressions=parts, nested=True)
    if name not in SCALARS:
        raise invalid(f"Invalid type of a query parameter: {kind}")
    return exp.DataType.build(name, dialect="bigquery")


def name_positional(query: str) -> str:
    """The query with each `?` as a named parameter: the order in the text is lost in the parsed tree."""
    pieces, end, count = [], 0, 0
    for token in sqlglot.tokenize(query, read="bigquery"):
        if token.token_type == TokenType.PLACEHOLDER:
            pieces += [query[end : token.start], f"@{POSITIONAL}{count}"]
            end, count = token.end + 1, count + 1
    return "".join([*pieces, query[end:]])


def substitute(tree: exp.Expr, values: Values) -> exp.Expr:
    """Replace each parameter by its value. Errors: a 400 for one that has none."""

    def replaced(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Parameter):
            return node
        if isinstance(node.this, exp.Parameter):
            raise invalid_query(f"System variable @@{node.this.name} is not supported here")
        name = node.name
        if name.lower() not in values:
            what = "positional parameter" if name.startswith(POSITIONAL) else f"Query parameter '{name}'"
            raise invalid_query(f"{what} not found: the query uses it and no value was sent")
        return values[name.lower()].copy()

    return tree.transform(replaced)
