"""TO_JSON_STRING, TO_JSON, JSON_OBJECT, JSON_ARRAY, JSON_SET, JSON_REMOVE, written out by the types of their values."""

from __future__ import annotations

from sqlglot import exp

from localcloud.services.bigquery.comparisons import is_of
from localcloud.services.bigquery.errors import invalid_query
from localcloud.services.bigquery.googlesql import call

NAMES = {
    exp.JSONFormat: "TO_JSON", exp.JSONObject: "JSON_OBJECT", exp.JSONArray: "JSON_ARRAY", exp.JSONSet: "JSON_SET",
    exp.JSONRemove: "JSON_REMOVE",
}  # fmt: skip


def with_json_values(tree: exp.Expr) -> exp.Expr:
    """The query, its types annotated, with JSON as text that is put together."""
    for node in reversed(list(tree.find_all(*NAMES))):
        made = _made(node)
        made.type = exp.DType.JSON if not isinstance(node, exp.JSONFormat) or node.args.get("to_json") else "STRING"
        node.replace(made)
    return tree


def subscripted(node: exp.Expr) -> exp.Expr:
    """An element of a JSON by its place from 0, NULL before it; any other node as it is."""
    if not isinstance(node, exp.Bracket) or not _is_json(node.this) or node.args.get("offset") is not None:
        return node
    (place,) = node.expressions
    if isinstance(place, exp.Literal) and place.is_string:
        return node
    found = exp.If(this=exp.GTE(this=place.copy(), expression=exp.Literal.number(0)), true=place.copy())
    made = exp.Anonymous(
        this="json_extract", expressions=[node.this, exp.cast(exp.Case(ifs=[found]), exp.DType.BIGINT)]
    )
    made.type = exp.DataType.build("JSON")
    return made


def _made(node: exp.Expr) -> exp.Expr:
    named = [one for one in node.find_all(exp.Kwarg) if one.parent is node]
    allowed = {exp.JSONFormat: ("pretty_print",), exp.JSONSet: ("create_if_missing",)}.get(type(node), ())
    for one in named:
        if one.name not in allowed:
            raise invalid_query(f"{NAMES[type(node)]} with {one.name} is not supported here")
    if isinstance(node, exp.JSONFormat):
        return _formatted(node)
    if isinstance(node, exp.JSONObject):
        return _object(node)
    if isinstance(node, exp.JSONArray):
        return _json(_joined("[", [_text(one, "json_member") for one in node.expressions], "]"))
    arguments = [one for one in node.expressions if one not in named]
    made = node.this.copy()
    if isinstance(node, exp.JSONRemove):
        for path in arguments:
            made = call("json_without", _as_text(made), path.copy())
        return _json(made)
    missing = named[0].expression.copy() if named else exp.true()
    for path, value in zip(arguments[::2], arguments[1::2], strict=True):
        made = call("json_changed", _as_text(made), path.copy(), _text(value, "json_member"), missing.copy())
    return _json(made)


def _as_text(node: exp.Expr) -> exp.Expr:
    return exp.cast(node, exp.DType.TEXT)


def _json(text: exp.Expr) -> exp.Expr:
    return exp.cast(text, exp.DType.JSON)


def _formatted(node: exp.JSONFormat) -> exp.Expr:
    options = node.args.get("options")
    if node.args.get("to_json"):
        if options is not None:
            raise invalid_query("TO_JSON with stringify_wide_numbers is not supported here")
        return _json(call("json_parsed", _text(node.this, "json_member")))
    text = _text(node.this, "json_text")
    pretty = options.expression if isinstance(options, exp.Kwarg) else options
    if pretty is None:
        return text
    return exp.Case(ifs=[exp.If(this=pretty.copy(), true=call("json_indented", text.copy()))], default=text)


def _object(node: exp.JSONObject) -> exp.Expr:
    """Of keys that are given twice the first counts."""
    members = list[exp.Expr]()
    for pair in node.expressions:
        if not isinstance(pair, exp.JSONKeyValue) or isinstance(pair.this, exp.Array) or _is_array(pair.this):
            raise invalid_query("JSON_OBJECT of arrays is only supported here where they are written as literals")
        members.append(
            exp.DPipe(this=call("json_key", pair.this.copy()), expression=_text(pair.expression, "json_member"))
        )
    return _json(call("json_parsed", _joined("{", members, "}")))


def _is_array(node: exp.Expr) -> bool:
    return node.type is not None and node.type.is_type(exp.DType.ARRAY)


def _joined(start: str, parts: list[exp.Expr], end: str) -> exp.Expr:
    made: exp.Expr = exp.Literal.string(start)
    for place, part in enumerate(parts):
        if place:
            made = exp.DPipe(this=made, expression=exp.Literal.string(","))
        made = exp.DPipe(this=made, expression=part)
    return exp.paren(exp.DPipe(this=made, expression=exp.Literal.string(end)), copy=False)


def _text(value: exp.Expr, name: str, depth: int = 0) -> exp.Expr:
    """A value's JSON, `null` for NULL."""
    kind = value.type
    null = exp.Literal.string("null")
    if isinstance(value.unnest(), exp.Null):
        return null
    if _is_json(value):
        return exp.Coalesce(this=_as_text(value.copy()), expressions=[null])
    if kind is None or kind.is_type(exp.DType.UNKNOWN):
        raise invalid_query("JSON of a value whose type is not known here is not supported: CAST it to its type")
    if not kind.is_type(exp.DType.ARRAY, exp.DType.STRUCT) or not kind.expressions:
        return exp.Coalesce(this=call(name, value.copy()), expressions=[null])
    if not isinstance(value, exp.Column | exp.Anonymous):
        bound = _variable(f"value{depth}", kind)
        made = exp.Lambda(this=_text(bound, name, depth + 1), expressions=[bound.this.copy()])
        listed = exp.Anonymous(this="list_transform", expressions=[exp.Array(expressions=[value.copy()]), made])
        return exp.Anonymous(this="list_extract", expressions=[listed, exp.Literal.number(1)])
    whole = _array(value, kind, name, depth) if kind.is_type(exp.DType.ARRAY) else _struct(value, kind, name, depth)
    missing = exp.If(this=exp.Is(this=value.copy(), expression=exp.Null()), true=null)
    return exp.Case(ifs=[missing], default=whole)


def _is_json(value: exp.Expr) -> bool:
    """A JSON, or a field of one."""
    while isinstance(value, (exp.Dot, exp.Bracket)) and not is_of(value, exp.DType.JSON):
        value = value.this
    return is_of(value, exp.DType.JSON)


def _variable(name: str, kind: exp.DataType) -> exp.Column:
    made = exp.column(name)
    made.type = kind
    return made


def _array(value: exp.Expr, kind: exp.DataType, name: str, depth: int) -> exp.Expr:
    element = _variable(f"element{depth}", kind.expressions[0])
    each = exp.Lambda(this=_text(element, name, depth + 1), expressions=[element.this.copy()])
    texts = exp.Anonymous(this="list_transform", expressions=[value.copy(), each])
    joined = exp.Anonymous(this="array_to_string", expressions=[texts, exp.Literal.string(",")])
    return _joined("[", [joined], "]")


def _struct(value: exp.Expr, kind: exp.DataType, name: str, depth: int) -> exp.Expr:
    members = list[exp.Expr]()
    for place, field in enumerate(kind.expressions, start=1):
        part = exp.Anonymous(this="struct_extract_at", expressions=[value.copy(), exp.Literal.number(place)])
        part.type = field.kind if isinstance(field, exp.ColumnDef) else field
        key = call("json_key", exp.Literal.string(field.name if isinstance(field, exp.ColumnDef) else ""))
        members.append(exp.DPipe(this=key, expression=_text(part, name, depth)))
    return _joined("{", members, "}")
