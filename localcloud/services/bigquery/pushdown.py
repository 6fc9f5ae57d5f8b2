"""What a resolved query reads of each table: its columns, and the predicates that a scan can apply on its own."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

import duckdb
from pyiceberg import expressions as ice
from pyiceberg import types as iceberg
from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from localcloud.services.bigquery.dialect import to_engine
from localcloud.services.bigquery.functions import declare, engine_name
from localcloud.services.bigquery.googlesql import Call
from localcloud.services.bigquery.lake_tables import Scan

COMPARISONS: dict[type[exp.Expr], Any] = {
    exp.EQ: ice.EqualTo,
    exp.NEQ: ice.NotEqualTo,
    exp.LT: ice.LessThan,
    exp.LTE: ice.LessThanOrEqual,
    exp.GT: ice.GreaterThan,
    exp.GTE: ice.GreaterThanOrEqual,
}
# Their constructors take a column's name; the type checker sees only pydantic's.
IS_IN: Any = ice.In
IS_NULL: Any = ice.IsNull
NOT_NULL: Any = ice.NotNull
MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.EQ: exp.EQ,
    exp.NEQ: exp.NEQ,
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
}
# Constant within a query but not between the scan and the query, or not constant at all.
CHANGING = (
    exp.Column, exp.Query, exp.Anonymous, exp.CurrentTimestamp, exp.CurrentDate, exp.CurrentDatetime, exp.CurrentTime,
    exp.Rand, exp.Uuid, exp.AggFunc, exp.Window,
)  # fmt: skip
CHANGING_CALLS = (engine_name("GENERATE_UUID"),)


def narrowed(tree: exp.Expr, scans: dict[str, Scan], engine: duckdb.DuckDBPyConnection) -> dict[str, Scan]:
    """Each scan with only the columns, rows and limit that `tree` needs of it. `engine` evaluates constants.

    The query still applies its own predicates, so a predicate that is not pushed down costs time, not correctness.
    """
    result = dict(scans)
    for scope in traverse_scope(tree):
        for alias, source in scope.sources.items():
            if isinstance(source, exp.Table) and source.name in scans:
                scan = scans[source.name]
                columns = _columns(scope, alias, scan)
                row_filter = _filter(scope, alias, scan, engine)
                result[source.name] = scan.narrowed(columns, row_filter, _limit(tree, scope))
    return result


def _columns(scope: Scope, alias: str, scan: Scan) -> tuple[str, ...]:
    names = [column.name for column in scan.table.schema().fields]
    expression = scope.expression
    whole_row = any(not column.table for column in scope.columns) or expression.find(exp.TableColumn) is not None
    star = isinstance(expression, exp.Select) and any(
        isinstance(one, exp.Star) or one.is_star for one in expression.selects
    )
    if whole_row or star:
        return tuple(names)
    used = {column.name.lower() for column in scope.columns if column.table == alias}
    return tuple(name for name in names if name.lower() in used)


def _limit(tree: exp.Expr, scope: Scope) -> int | None:
    """The query's LIMIT, if it is nothing but SELECT columns FROM one table LIMIT n."""
    if scope.expression is not tree or not isinstance(tree, exp.Select):
        return None
    present = {name for name, value in tree.args.items() if value} - {"expressions", "from_", "from", "limit"}
    limit = tree.args.get("limit")
    plain = all(isinstance(one.unalias(), exp.Column) for one in tree.selects)
    if present or limit is None or not plain or not isinstance(limit.expression, exp.Literal):
        return None
    return int(limit.expression.name)


def _filter(scope: Scope, alias: str, scan: Scan, engine: duckdb.DuckDBPyConnection) -> ice.BooleanExpression:
    where = scope.expression.args.get("where") if isinstance(scope.expression, exp.Select) else None
    if where is None:
        return ice.AlwaysTrue()
    # A predicate that rejects NULL may be applied before any join, an outer one too: rows that the join then fills
    # with NULL are rejected by the query's own WHERE. IS NULL may not.
    converter = _Converter(alias, scan, engine, nulls_allowed=len(scope.sources) == 1)
    conjuncts = list(where.this.flatten()) if isinstance(where.this, exp.And) else [where.this]
    parts = [converter.convert(part) for part in conjuncts]
    return _all(part for part in parts if part is not None)


def _all(parts: Iterable[ice.BooleanExpression]) -> ice.BooleanExpression:
    result: ice.BooleanExpression = ice.AlwaysTrue()
    for part in parts:
        result = ice.And(result, part)
    return result


class _Converter:
    """Predicates of GoogleSQL over one table's columns as Iceberg's; None for what has no exact equal."""

    def __init__(self, alias: str, scan: Scan, engine: duckdb.DuckDBPyConnection, nulls_allowed: bool) -> None:
        self.alias = alias
        self.columns = {column.name.lower(): column for column in scan.table.schema().fields}
        self.engine = engine
        self.nulls_allowed = nulls_allowed

    def convert(self, node: exp.Expr) -> ice.BooleanExpression | None:
        node = node.unnest()
        if isinstance(node, (exp.Or, exp.And)):
            left, right = self.convert(node.left), self.convert(node.right)
            if left is None or right is None:
                return None
            return ice.Or(left, right) if isinstance(node, exp.Or) else ice.And(left, right)
        if type(node) in COMPARISONS:
            return self._comparison(type(node), node.this, node.expression)
        if isinstance(node, exp.Between):
            low = self._comparison(exp.GTE, node.this, node.args["low"])
            high = self._comparison(exp.LTE, node.this, node.args["high"])
            return None if low is None or high is None else ice.And(low, high)
        if isinstance(node, exp.In) and node.expressions:
            values = [self._value(node.this, item) for item in node.expressions]
            return None if any(value is None for value in values) else IS_IN(self._name(node.this), set(values))
        return self._null_test(node)

    def _null_test(self, node: exp.Expr) -> ice.BooleanExpression | None:
        negated = isinstance(node, exp.Not)
        test = node.this if negated else node
        if not isinstance(test, exp.Is) or not isinstance(test.expression, exp.Null) or self._column(test.this) is None:
            return None
        name = self._name(test.this)
        if negated:
            return NOT_NULL(name)
        return IS_NULL(name) if self.nulls_allowed else None

    def _comparison(self, kind: Any, left: exp.Expr, right: exp.Expr) -> ice.BooleanExpression | None:
        if self._column(left) is None:
            left, right, kind = right, left, MIRRORED[kind]
        value = self._value(left, right)
        return None if value is None else COMPARISONS[kind](self._name(left), value)

    def _column(self, node: exp.Expr) -> iceberg.NestedField | None:
        if isinstance(node, exp.Column) and node.table == self.alias:
            return self.columns.get(node.name.lower())
        return None

    def _name(self, node: exp.Expr) -> str:
        column = self._column(node)
        assert column is not None
        return column.name

    def _value(self, column_node: exp.Expr, node: exp.Expr) -> Any:
        """The constant `node` in the form Iceberg compares the column with; None if the types don't match exactly."""
        column = self._column(column_node)
        if column is None or any(_is_changing(one) for one in node.find_all(*CHANGING)):
            return None
        query = f"SELECT {to_engine(node.copy())}"
        try:
            declare(self.engine, query)
            rows = self.engine.execute(query).fetchall()
        except duckdb.Error:
            return None  # the query itself will say what is wrong with it
        return _matching(column.field_type, rows[0][0])


def _is_changing(node: exp.Expr) -> bool:
    """Unless it is a function of the table, and none of those that change."""
    return not isinstance(node, Call) or node.name in CHANGING_CALLS


def _matching(kind: iceberg.IcebergType, value: Any) -> Any:
    match kind, value:
        case (iceberg.BooleanType(), bool()) | (iceberg.StringType(), str()):
            return value
        case (iceberg.IntegerType() | iceberg.LongType(), int()) if not isinstance(value, bool):
            return value
        case (iceberg.DoubleType(), int() | float()) if not isinstance(value, bool):
            return float(value)
        case (iceberg.TimestamptzType(), datetime.datetime()) if value.tzinfo is not None:
            return value.astimezone(datetime.UTC).isoformat(timespec="microseconds")
        case (iceberg.TimestampType(), datetime.datetime()) if value.tzinfo is None:
            return value.isoformat(timespec="microseconds")
        case (iceberg.DateType(), datetime.date()) if not isinstance(value, datetime.datetime):
            return value.isoformat()
    return None
