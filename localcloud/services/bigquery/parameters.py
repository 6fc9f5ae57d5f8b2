"""Query parameters: typed values put into the parsed query as literals, never into its text."""

from __future__ import annotations

from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from localcloud.services.bigquery.errors import invalid, invalid_query
from localcloud.services.common import object_in

Values = dict[str, exp.Expr]

POSITIONAL = "_positional_"
TYPES = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL"}


def values_of(parameters: list[dict[str, Any]]) -> Values:
    """The API's queryParameters as literals by name; positional ones are named by their order.

    Errors: 400 for a parameter that is not of the API's form.
    """
    return {
        str(parameter.get("name") or f"{POSITIONAL}{index}").lower(): _literal(
            object_in(parameter, "parameterType"), object_in(parameter, "parameterValue")
        )
        for index, parameter in enumerate(_objects("queryParameters", parameters))
    }


def _objects(name: str, value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise invalid(f"Invalid value for {name}: it must be a list of objects")
    return value


def _literal(kind: dict[str, Any], value: dict[str, Any]) -> exp.Expr:
    name = str(kind.get("type", "")).upper()
    if name == "ARRAY":
        element = object_in(kind, "arrayType")
        items = [_literal(element, item) for item in _objects("arrayValues", value.get("arrayValues") or [])]
        return exp.cast(exp.Array(expressions=items), _type(kind))
    if name in ("STRUCT", "RECORD"):
        members = _objects("structTypes", kind.get("structTypes") or [])
        return exp.Struct(expressions=[_member(part, object_in(value, "structValues")) for part in members])
    text = value.get("value")
    if text is None:
        return exp.cast(exp.Null(), _type(kind))
    if name == "BYTES":
        return exp.func("FROM_BASE64", exp.Literal.string(str(text)), dialect="bigquery")
    return exp.cast(exp.Literal.string(str(text)), _type(kind))


def _member(part: dict[str, Any], values: dict[str, Any]) -> exp.PropertyEQ:
    name = str(part.get("name", ""))
    literal = _literal(object_in(part, "type"), object_in(values, name))
    return exp.PropertyEQ(this=exp.to_identifier(name), expression=literal)


def _type(kind: dict[str, Any]) -> exp.DataType:
    name = str(kind.get("type", "")).upper()
    try:
        if name == "ARRAY":
            return exp.DataType(this=exp.DType.ARRAY, expressions=[_type(kind["arrayType"])], nested=True)
        return exp.DataType.build(TYPES.get(name, name), dialect="bigquery")
    except (ValueError, KeyError, SqlglotError) as error:
        raise invalid(f"Invalid type of a query parameter: {kind}") from error


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
        name = node.name
        if name.lower() not in values:
            what = "positional parameter" if name.startswith(POSITIONAL) else f"Query parameter '{name}'"
            raise invalid_query(f"{what} not found: the query uses it and no value was sent")
        return values[name.lower()].copy()

    return tree.transform(replaced)
