"""UNNEST as GoogleSQL has it: an element is one value under its alias, and its fields are columns besides."""

from __future__ import annotations

import re

from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope
from sqlglot.schema import MappingSchema

from localcloud.services.bigquery.errors import invalid_query
from localcloud.services.bigquery.googlesql import DIALECT
from localcloud.services.bigquery.types import ANONYMOUS, UNNAMED, UNNAMED_FIELD

FIELDS = "fields"


def is_array(table: exp.Table, scope: Scope | None) -> bool:
    """Whether a path begins at a source of the query, or of one around it: FROM t, t.array."""
    first, *rest = (part.name.lower() for part in table.parts)
    while rest and scope is not None:
        elements = {name.lower() for unnest in scope.find_all(exp.Unnest) for name in unnest.alias_column_names}
        others = {name.lower() for name, (node, _) in scope.selected_sources.items() if node is not table}
        if first in elements | others:
            return True
        scope = scope.parent
    return False


def unnested(table: exp.Table) -> exp.Unnest:
    """The UNNEST that such a path stands for."""
    first, *fields = (part.copy() for part in table.parts)
    path: exp.Expr = exp.Column(this=fields[0], table=first)
    for field in fields[1:]:
        path = exp.Dot(this=path, expression=field)
    return exp.Unnest(expressions=[path], alias=exp.TableAlias(columns=[exp.to_identifier(table.alias_or_name)]))


def annotated(tree: exp.Expr, schema: MappingSchema) -> exp.Expr:
    """The query, its names resolved, with types; SQLGlot passes by the queries of the ARRAYs that are unnested."""
    tree = annotate_types(tree, schema=schema, dialect=DIALECT)
    for unnest in tree.find_all(exp.Unnest):
        for array in unnest.find_all(exp.Array):
            if len(array.expressions) == 1 and isinstance(query := array.expressions[0], exp.Query):
                annotate_types(query, schema=schema, dialect=DIALECT)
    return tree


def with_known_fields(tree: exp.Expr, schema: MappingSchema, dialect: str) -> exp.Expr:
    """The query, its names not yet resolved, with a name for each UNNEST's elements, and * written out over structs.

    What fields an element has is known only once names are resolved. So a copy is resolved as far as it goes first, and
    what it tells is put around the array as a cast that `with_plain_values` takes off again.
    """
    unnests = _unnests(tree)
    if not unnests:
        return tree
    for place, unnest in enumerate(unnests):
        if not unnest.alias_column_names:
            unnest.set("alias", exp.TableAlias(columns=[exp.to_identifier(UNNAMED.format(place))]))
    draft = qualify(tree.copy(), schema=schema, dialect=dialect, validate_qualify_columns=False)
    draft = annotate_types(draft, schema=schema, dialect=dialect)
    for place, (unnest, known) in enumerate(zip(unnests, _unnests(draft), strict=True)):
        if known.type is not None and known.type.is_type(exp.DType.STRUCT):
            _tell_fields(unnest, known.type, place)
    for select in list(tree.find_all(exp.Select)):
        if any(_fields(source) for source in _sources(select)):
            select.set("expressions", [made for one in select.expressions for made in _written_out(one, select)])
    return tree


def _unnests(tree: exp.Expr) -> list[exp.Unnest]:
    """Those that are sources of rows: `x IN UNNEST(...)` and `x LIKE ANY UNNEST(...)` are other things."""
    return [one for one in tree.find_all(exp.Unnest) if not isinstance(one.parent, (exp.In, exp.Any, exp.All))]


def _tell_fields(unnest: exp.Unnest, kind: exp.DataType, place: int) -> None:
    """`place`: of the UNNEST among those of the query; what is selected of several has names of its own."""
    array = unnest.expressions[0]
    fields = [_field(one, place, number) for number, one in enumerate(kind.expressions, start=1)]
    element = exp.DataType(this=exp.DType.STRUCT, expressions=fields, nested=True)
    told = exp.Cast(this=array.copy(), to=exp.DataType(this=exp.DType.ARRAY, expressions=[element], nested=True))
    told.meta[FIELDS] = [field.this for field in fields]
    array.replace(told)


def _field(field: exp.Expr, place: int, number: int) -> exp.ColumnDef:
    if isinstance(field, exp.ColumnDef) and field.name != ANONYMOUS.format(number):
        return field.copy()
    kind = field.args["kind"] if isinstance(field, exp.ColumnDef) else field
    return exp.ColumnDef(this=exp.to_identifier(f"{UNNAMED.format(place)}_{number}"), kind=kind.copy())


def _fields(source: exp.Expr) -> list[exp.Identifier]:
    """The known fields of an UNNEST's elements; none of any other source."""
    return source.expressions[0].meta.get(FIELDS, []) if isinstance(source, exp.Unnest) else []


def _sources(select: exp.Select) -> list[exp.Expr]:
    """What a query selects from, in order."""
    first = select.args.get("from_")
    return [] if first is None else [first.this, *(join.this for join in select.args.get("joins") or [])]


def _written_out(selected: exp.Expr, select: exp.Select) -> list[exp.Expr]:
    """`*` and `x.*` over elements with fields, column by column."""
    sources = _sources(select)
    if isinstance(selected, exp.Star):
        if any(join.args.get("using") for join in select.args.get("joins") or []):
            raise invalid_query("SELECT * over UNNEST of structs and a JOIN with USING is not supported here")
        return [made for place, source in enumerate(sources) for made in _columns(selected, source, place)]
    if isinstance(selected, exp.Column) and isinstance(selected.this, exp.Star):
        for source in sources:
            if _fields(source) and _value(source).name.lower() == selected.table.lower():
                return _chosen(selected.this, _parts(source))
    return [selected]


def _columns(star: exp.Star, source: exp.Expr, place: int) -> list[exp.Expr]:
    if not isinstance(source, exp.Unnest):
        if not source.alias_or_name:
            source.set("alias", exp.TableAlias(this=exp.to_identifier(f"{UNNAMED.format(place)}_source")))
        return [exp.Column(this=star.copy(), table=exp.to_identifier(source.alias_or_name))]
    offset = _offset(source)
    counted = [] if offset is None else [exp.Column(this=offset.copy())]
    return _chosen(star, [*(_parts(source) or [exp.Column(this=_value(source).copy())]), *counted])


def _parts(unnest: exp.Expr) -> list[exp.Column]:
    return [exp.Column(this=field.copy(), table=_value(unnest).copy()) for field in _fields(unnest)]


def _chosen(star: exp.Star, columns: list[exp.Column]) -> list[exp.Expr]:
    """What EXCEPT leaves, with what REPLACE puts in its place."""
    left_out = {one.name.lower() for one in star.args.get("except_") or []}
    replaced = {one.alias.lower(): one.copy() for one in star.args.get("replace") or []}
    return [replaced.get(one.name.lower(), one) for one in columns if one.name.lower() not in left_out]


def _value(unnest: exp.Expr) -> exp.Identifier:
    """The name of the elements."""
    return unnest.args["alias"].columns[0]


def _offset(unnest: exp.Expr) -> exp.Identifier | None:
    offset = unnest.args.get("offset")
    return offset if isinstance(offset, exp.Identifier) else None


def with_plain_values(tree: exp.Expr) -> exp.Expr:
    """The query, its names resolved, as the engine has it: an element is one column, and its number begins at 1."""
    unnests = {unnest.alias: unnest for unnest in _unnests(tree)}
    for column in list(tree.find_all(exp.Column)):
        unnest = unnests.get(column.table)
        offset = None if unnest is None else _offset(unnest)
        if unnest is None or column.name == _value(unnest).name:
            continue
        if offset is not None and column.name == offset.name:
            from_zero = exp.Sub(this=column.copy(), expression=exp.Literal.number(1))
            column.replace(exp.paren(from_zero, copy=False))
        else:
            value = exp.Column(this=_value(unnest).copy(), table=column.args["table"].copy())
            column.replace(exp.Dot(this=value, expression=column.this.copy()))
    for dot in list(tree.find_all(exp.Dot)):
        unnamed = re.fullmatch(UNNAMED_FIELD, dot.name)
        if unnamed is not None:
            place = exp.Literal.number(unnamed[1])
            dot.replace(exp.Anonymous(this="struct_extract_at", expressions=[dot.this.copy(), place]))
    for unnest in unnests.values():
        unnest.set("explode_array", None)  # its elements are one column
        if _fields(unnest):
            unnest.expressions[0].replace(unnest.expressions[0].this)
    return tree


def named(columns: list[str]) -> list[str]:
    """The result's columns, with f0_, f1_, ... for elements and fields without a name."""
    unnamed = [name for name in columns if re.fullmatch(UNNAMED.format("[0-9]+(?:_[0-9]+)?"), name)]
    return [f"f{unnamed.index(name)}_" if name in unnamed else name for name in columns]
