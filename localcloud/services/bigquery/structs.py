"""STRUCTs by position, as GoogleSQL takes them: the names of their fields don't count where two of them meet.

The engine matches the fields of two STRUCTs by name, those of a STRUCT and a TUPLE by position. So of several that
meet, all but the first become tuples, and the result has the first one's names. The engine takes NULL for equal to
NULL within them; so they are compared field by field.
"""

from __future__ import annotations

from sqlglot import exp

from localcloud.services.bigquery.errors import invalid_query
from localcloud.services.bigquery.quantified import ELEMENT, for_any, of_each
from localcloud.services.bigquery.set_operations import selects_of
from localcloud.services.bigquery.types import ANONYMOUS

MEETING = (exp.Array, exp.ArrayConcat, exp.Coalesce, exp.NullSafeEQ, exp.NullSafeNEQ)
EQUALITIES = (exp.EQ, exp.NEQ)
ORDERS = {exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}


def constructed(tree: exp.Expr) -> exp.Expr:
    """The query, its names not yet resolved, with every struct it constructs as one of its fields.

    `(1, 'a')` and `STRUCT<INT64, STRING>(1, 'a')` have fields without names, `STRUCT<x INT64>(1)` one of the type's.
    """
    for node in list(tree.find_all(exp.Struct)):
        node.set("expressions", [_inferred(one) for one in node.expressions])
    for node in reversed(list(tree.find_all(exp.Tuple))):
        if _is_value(node):
            node.replace(exp.Struct(expressions=[_unnamed(one) for one in node.expressions]))
    for node in list(tree.find_all(exp.Cast)):
        if isinstance(node.this, exp.Struct) and node.to.is_type(exp.DType.STRUCT):
            node.replace(_typed(node.this, node.to))
    for kind in tree.find_all(exp.DataType):
        if kind.is_type(exp.DType.STRUCT):
            kind.set("expressions", [_named(one, place) for place, one in enumerate(kind.expressions, start=1)])
    return tree


def _inferred(field: exp.Expr) -> exp.Expr:
    """A column, or a field of one, gives its name to the field that it is the value of."""
    name = {exp.Column: "this", exp.Dot: "expression"}.get(type(field))
    return field if name is None else exp.PropertyEQ(this=field.args[name].copy(), expression=field.copy())


def _named(field: exp.Expr, place: int) -> exp.Expr:
    named = isinstance(field, exp.ColumnDef)
    return field if named else exp.ColumnDef(this=exp.to_identifier(ANONYMOUS.format(place)), kind=field)


def _is_value(node: exp.Expr) -> bool:
    """Not a list of GROUP BY, PIVOT, VALUES or LIKE ANY."""
    within = node.find_ancestor(exp.Select, exp.Group, exp.Pivot, exp.Values)
    return not isinstance(within, (exp.Group, exp.Pivot, exp.Values)) and not isinstance(
        node.parent, (exp.Any, exp.All)
    )


def _unnamed(value: exp.Expr) -> exp.Expr:
    """A column gives the field its name, but not in parentheses."""
    return exp.paren(value.copy(), copy=False) if isinstance(value, exp.Column) else value.copy()


def _typed(struct: exp.Struct, kind: exp.DataType) -> exp.Expr:
    if len(struct.expressions) != len(kind.expressions):
        raise invalid_query(
            f"STRUCT type has {len(kind.expressions)} fields but constructor call has {len(struct.expressions)} fields"
        )
    fields = list[exp.Expr]()
    for value, wanted in zip(struct.expressions, kind.expressions, strict=True):
        value = value.expression if isinstance(value, exp.PropertyEQ) else value
        if isinstance(wanted, exp.ColumnDef):
            value = exp.Cast(this=value.copy(), to=wanted.args["kind"].copy())
            fields.append(exp.PropertyEQ(this=wanted.this.copy(), expression=value))
        else:
            fields.append(exp.Cast(this=value.copy(), to=wanted.copy()))
    return exp.Struct(expressions=fields)


def by_position(tree: exp.Expr) -> exp.Expr:
    """The query, its types annotated, with what GoogleSQL does to structs written out for the engine."""
    for node in reversed(list(tree.walk(bfs=True))):
        made = _rewritten(node)
        if made is not node:
            made.type = made.type or node.type
            node.replace(made)
    for node in list(tree.find_all(exp.SetOperation)):
        if not node.args.get("by_name"):
            _select_tuples(node.expression)
    for node in reversed(list(tree.find_all(exp.Struct))):  # those within others first
        node.replace(_for_engine(node))
    return tree


def _rewritten(node: exp.Expr) -> exp.Expr:
    if isinstance(node, EQUALITIES) and _is_struct(node.this) and _is_struct(node.expression):
        equal = _equal(node.this, node.expression)
        return exp.not_(equal, copy=False) if isinstance(node, exp.NEQ) else equal
    if type(node) in ORDERS and _is_struct(node.this):
        raise invalid_query(f"{ORDERS[type(node)]} is not defined for arguments of type STRUCT")
    if isinstance(node, exp.Nullif) and _is_struct(node.this) and _is_struct(node.expression):
        equal = exp.If(this=_equal(node.this, node.expression), true=exp.Null())
        return exp.Case(ifs=[equal], default=node.this.copy())
    if isinstance(node, exp.In) and _is_struct(node.this):
        return _among(node)
    if isinstance(node, MEETING):
        operands = (node.args.get("this"), node.args.get("expression"), *node.expressions)
        _meet([one for one in operands if isinstance(one, exp.Expr)])
    if isinstance(node, exp.Case):
        for value in _given(node, "this"):
            _write_out_tests(node, value)
        _meet([*(branch.args["true"] for branch in node.args["ifs"]), *_given(node, "default")])
    if isinstance(node, exp.If) and not isinstance(node.parent, exp.Case):
        _meet([node.args["true"], *_given(node, "false")])
    if isinstance(node, exp.Cast) and _holds_struct(node.to) and _holds_struct(node.this.type):
        node.this.replace(_tuple(node.this))
    return node


def _write_out_tests(node: exp.Case, value: exp.Expr) -> None:
    if _is_struct(value):
        for branch in node.args["ifs"]:
            branch.set("this", _equal(value, branch.this))
        node.set("this", None)


def _given(node: exp.Expr, name: str) -> list[exp.Expr]:
    value = node.args.get(name)
    return [] if value is None else [value]


def _is_struct(node: exp.Expr) -> bool:
    return node.type is not None and node.type.is_type(exp.DType.STRUCT) and bool(node.type.expressions)


def _holds_struct(kind: exp.DataType | None) -> bool:
    return kind is not None and any(one.is_type(exp.DType.STRUCT) for one in kind.find_all(exp.DataType))


def _types(node: exp.Expr) -> list[exp.DataType | None]:
    """The types of a struct's fields."""
    assert node.type is not None
    return [one.kind if isinstance(one, exp.ColumnDef) else one for one in node.type.expressions]


def _parts(node: exp.Expr) -> list[exp.Expr]:
    """A struct's fields in their order."""
    if isinstance(node, exp.Struct):
        return [one.expression if isinstance(one, exp.PropertyEQ) else one.unalias() for one in node.expressions]
    parts = list[exp.Expr]()
    for place, kind in enumerate(_types(node), start=1):
        part = exp.Anonymous(this="struct_extract_at", expressions=[node.copy(), exp.Literal.number(place)])
        part.type = kind
        parts.append(part)
    return parts


def _equal(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    pairs = list(zip(_parts(left), _parts(right), strict=False))
    if len(_parts(left)) != len(_parts(right)):
        raise invalid_query("No matching signature for operator = for argument types: STRUCTs of different sizes")
    tests = [_rewritten(exp.EQ(this=one.copy(), expression=other.copy())) for one, other in pairs]
    return exp.paren(exp.and_(*tests, copy=False), copy=False)


def _among(node: exp.In) -> exp.Expr:
    """NULL if no value is equal for certain and one may be."""
    if node.expressions:
        return exp.paren(exp.or_(*(_equal(node.this, one) for one in node.expressions), copy=False), copy=False)
    unnest = node.args.get("unnest")
    values = unnest if unnest is not None else exp.Array(expressions=[node.args["query"].unnest()])
    array = values.expressions[0] if isinstance(values, exp.Unnest) else values
    if isinstance(array, exp.Array) and array.expressions and not isinstance(array.expressions[0], exp.Query):
        return _among(exp.In(this=node.this, expressions=array.expressions))
    element = exp.column(ELEMENT)
    element.type = node.this.type
    return for_any(of_each(array, _equal(node.this, element)))


def _meet(nodes: list[exp.Expr]) -> None:
    for node in nodes[1:]:
        if _holds_struct(node.type):
            made = _tuple(node)
            made.type = node.type
            node.replace(made)


def _tuple(node: exp.Expr) -> exp.Expr:
    """A struct without the names of its fields, at any depth, and so the structs in an array."""
    kind = node.type
    if kind is None or not _holds_struct(kind):
        return node.copy()
    if kind.is_type(exp.DType.ARRAY):
        element = exp.column(ELEMENT)
        element.type = kind.expressions[0]
        return of_each(node, _tuple(element))
    if isinstance(node, exp.Struct):
        return _row(node)
    if not any(_holds_struct(of) for of in _types(node)):
        return exp.Anonymous(this="struct_values", expressions=[node.copy()])
    null = exp.Is(this=node.copy(), expression=exp.Null())
    return exp.Case(ifs=[exp.If(this=null, true=exp.Null())], default=_row(node))


def _row(node: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="row", expressions=[_tuple(part) for part in _parts(node)])


def _select_tuples(query: exp.Expr) -> None:
    """Structs that a query of a set operation gives, but for the first query's, as tuples."""
    for select in selects_of(query):
        for one in select.selects:
            inner = one.unalias()
            if _holds_struct(inner.type):
                inner.replace(_tuple(inner))


def _for_engine(node: exp.Struct) -> exp.Expr:
    """A struct with a name for each field; one in which no field has a name is a tuple."""
    named = [one for one in node.expressions if isinstance(one, exp.PropertyEQ)]
    if not named:
        return exp.Anonymous(this="row", expressions=[one.copy() for one in node.expressions])
    fields = list[exp.Expr]()
    for place, one in enumerate(node.expressions, start=1):
        name = ANONYMOUS.format(place)
        fields.append(one if one in named else exp.PropertyEQ(this=exp.to_identifier(name), expression=one.copy()))
    node.set("expressions", fields)
    return node
