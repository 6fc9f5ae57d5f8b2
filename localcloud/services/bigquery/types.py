"""Types between Iceberg, BigQuery and the engine, and values as BigQuery writes them in JSON.

A field is BigQuery's TableFieldSchema: {"name", "type", "mode", "fields"}.
"""

from __future__ import annotations

import base64
import datetime
import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
from pyiceberg import types as iceberg

from localcloud.services.bigquery.errors import invalid_query

Field = dict[str, Any]

ICEBERG_TYPES: dict[type[iceberg.IcebergType], str] = {
    iceberg.BooleanType: "BOOLEAN",
    iceberg.IntegerType: "INTEGER",
    iceberg.LongType: "INTEGER",
    iceberg.FloatType: "FLOAT",
    iceberg.DoubleType: "FLOAT",
    iceberg.StringType: "STRING",
    iceberg.UUIDType: "STRING",
    iceberg.BinaryType: "BYTES",
    iceberg.FixedType: "BYTES",
    iceberg.DateType: "DATE",
    iceberg.TimeType: "TIME",
    iceberg.TimestampType: "DATETIME",
    iceberg.TimestamptzType: "TIMESTAMP",
}
ENGINE_TYPES = {
    "boolean": "BOOLEAN",
    **dict.fromkeys(("tinyint", "smallint", "integer", "bigint", "hugeint"), "INTEGER"),
    **dict.fromkeys(("utinyint", "usmallint", "uinteger", "ubigint", "uhugeint"), "INTEGER"),
    **dict.fromkeys(("float", "double"), "FLOAT"),
    **dict.fromkeys(("varchar", "uuid", "enum"), "STRING"),
    "blob": "BYTES",
    "date": "DATE",
    "time": "TIME",
    **dict.fromkeys(("timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns"), "DATETIME"),
    "timestamp with time zone": "TIMESTAMP",
    "interval": "INTERVAL",
    "null": "INTEGER",
}
RANGE = ("__range_start", "__range_end")
"""The fields of the struct that a RANGE is in the engine."""
ANONYMOUS = "_field_{}"
"""What a struct's field without a name is called, by its place from 1."""
UNNAMED = "__unnamed_{}"
"""A name for elements, their fields and sources that have none, by their place; not one that a query would give."""
UNNAMED_FIELD = UNNAMED.format("[0-9]+_([0-9]+)")
SQL_NAMES = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL"}
TIMESTAMP_FORMATS = ("FLOAT64", "INT64", "ISO8601_STRING")
"""formatOptions.timestampOutputFormat: seconds, microseconds, or text."""
MOST_MONTHS = 120_000
"""Of an INTERVAL, before and after."""
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
MICROSECOND = datetime.timedelta(microseconds=1)


def _decimal_type(precision: int, scale: int) -> str:
    """NUMERIC holds 29 digits before and 9 after the point; what doesn't fit is a BIGNUMERIC."""
    return "NUMERIC" if scale <= 9 and precision - scale <= 29 else "BIGNUMERIC"


def of_iceberg(field: iceberg.NestedField) -> Field:
    """BigQuery's field for a column of an Iceberg table."""
    made = _of_iceberg_type(field.name, field.field_type)
    if field.required and made["mode"] != "REPEATED":
        made["mode"] = "REQUIRED"
    return made | ({"description": field.doc} if field.doc else {})


def _of_iceberg_type(name: str, kind: iceberg.IcebergType) -> Field:
    if isinstance(kind, iceberg.ListType):
        return _of_iceberg_type(name, kind.element_type) | {"mode": "REPEATED"}
    if isinstance(kind, iceberg.StructType):
        return _field(name, "RECORD", fields=[of_iceberg(child) for child in kind.fields])
    if isinstance(kind, iceberg.DecimalType):
        return _field(name, _decimal_type(kind.precision, kind.scale))
    if isinstance(kind, iceberg.MapType):
        pair = [_of_iceberg_type("key", kind.key_type), _of_iceberg_type("value", kind.value_type)]
        return _field(name, "RECORD", "REPEATED", pair)
    return _field(name, ICEBERG_TYPES.get(type(kind), "STRING"))


def of_engine(name: str, kind: Any) -> Field:
    """BigQuery's field for a result column of DuckDB's type `kind`. Errors: a 400 for one BigQuery has no type for."""
    if kind.id in ("list", "array"):
        element = of_engine(name, dict(kind.children)["child"])
        if element["mode"] == "REPEATED":
            raise invalid_query(f"Array of array type is not supported in the result: column {name}")
        return element | {"mode": "REPEATED"}
    if kind.id in ("struct", "tuple", "map"):
        mode = "REPEATED" if kind.id == "map" else "NULLABLE"
        if kind.id == "struct" and tuple(child for child, _ in kind.children) == RANGE:
            element = of_engine(name, kind.children[0][1])["type"]
            return _field(name, "RANGE") | {"rangeElementType": {"type": element}}
        children = [
            of_engine(_field_name(child, place), of) for place, (child, of) in enumerate(kind.children, start=1)
        ]
        return _field(name, "RECORD", mode, children)
    if kind.id == "decimal":
        parts = dict(kind.children)
        return _field(name, _decimal_type(parts["precision"], parts["scale"]))
    if kind.id == "varchar" and str(kind) == "JSON":
        return _field(name, "JSON")
    if kind.id not in ENGINE_TYPES:
        raise invalid_query(f"Column {name} has a type that can't be returned: {kind}; cast it to STRING")
    return _field(name, ENGINE_TYPES[kind.id])


def _field_name(name: str, place: int) -> str:
    return ANONYMOUS.format(place) if not name or re.fullmatch(UNNAMED_FIELD, name) else name


def _field(name: str, kind: str, mode: str = "NULLABLE", fields: list[Field] | None = None) -> Field:
    return {"name": name, "type": kind, "mode": mode} | ({"fields": fields} if fields is not None else {})


def sql_type(field: Field) -> str:
    """A field's type in GoogleSQL, as ARRAY<STRUCT<a INT64>>."""
    if field["type"] == "RECORD":
        inner = ", ".join(f"{child['name']} {sql_type(child)}" for child in field["fields"])
        name = f"STRUCT<{inner}>"
    elif field["type"] == "RANGE":
        name = f"RANGE<{field['rangeElementType']['type']}>"
    else:
        name = SQL_NAMES.get(field["type"]) or str(field["type"])
    return f"ARRAY<{name}>" if field["mode"] == "REPEATED" else name


def fields_of(relation: duckdb.DuckDBPyRelation, names: list[str]) -> list[Field]:
    return [of_engine(name, kind) for name, kind in zip(names, relation.types, strict=True)]


# Values


def with_int64(table: pa.Table, fields: list[Field]) -> pa.Table:
    """The result with whole numbers in 64 bits; the engine's sums have 128. Errors: a 400 for one that doesn't fit."""
    for index, field in enumerate(fields):
        column = table.column(index)
        if field["type"] == "INTEGER" and field["mode"] != "REPEATED" and column.type != pa.int64():
            try:
                table = table.set_column(index, field["name"], column.cast(pa.int64()))
            except pa.ArrowInvalid as error:
                raise invalid_query(f"integer overflow in column {field['name']}: it does not fit INT64") from error
    return table


def refuse_null_elements(table: pa.Table, fields: list[Field]) -> None:
    """Arrays may hold a NULL within a query, not in its result. Errors: a 400.

    source: docs.cloud.google.com/bigquery/docs/reference/standard-sql/data-types#array_nulls.
    """
    for column, field in zip(table.columns, fields, strict=True):
        _refuse_null_elements(column.combine_chunks(), field)


def _refuse_null_elements(values: Any, field: Field) -> None:
    if field["mode"] == "REPEATED" and not pa.types.is_map(values.type):
        values = values.flatten()
        if values.null_count:
            raise invalid_query(f"Array cannot have a null element; error in writing field {field['name']}")
    if field["type"] == "RECORD" and pa.types.is_struct(values.type):
        for part, child in zip(values.flatten(), field["fields"], strict=True):
            _refuse_null_elements(part, child)


def rows_of(table: pa.Table, fields: list[Field], timestamps: str) -> list[dict[str, Any]]:
    """Rows in BigQuery's JSON form: {"f": [{"v": ...}]}, every scalar a string.

    `timestamps`: how a TIMESTAMP is written, one of TIMESTAMP_FORMATS.
    """
    columns = [_wire_column(column, field, timestamps) for column, field in zip(table.columns, fields, strict=True)]
    return [{"f": [{"v": value} for value in row]} for row in zip(*columns, strict=True)]


def _wire_column(column: pa.ChunkedArray, field: Field, timestamps: str) -> list[Any]:
    kind = field["type"]
    if field["mode"] != "REPEATED" and kind in ("INTEGER", "DATE"):
        return column.cast(pa.int64() if kind == "INTEGER" else pa.date32()).cast(pa.string()).to_pylist()
    if field["mode"] != "REPEATED" and kind == "TIMESTAMP" and timestamps == "INT64":
        return column.cast(pa.timestamp("us", "UTC")).cast(pa.int64()).cast(pa.string()).to_pylist()
    return [_wire_value(value, field, timestamps) for value in column.to_pylist()]


def _wire_value(value: Any, field: Field, timestamps: str) -> Any:
    if field["mode"] == "REPEATED":
        # A NULL array and an empty one are the same to BigQuery's results.
        return [{"v": _wire_single(item, field, timestamps)} for item in value or []]
    return _wire_single(value, field, timestamps)


def _wire_single(value: Any, field: Field, timestamps: str) -> Any:
    if value is None:
        return None
    if field["type"] == "RECORD":
        parts = value if isinstance(value, tuple) else value.values()  # a map's entries are tuples
        pairs = zip(parts, field["fields"], strict=True)
        return {"f": [{"v": _wire_value(part, child, timestamps)} for part, child in pairs]}
    if field["type"] == "RANGE":
        element = field["rangeElementType"]
        start, end = (_wire_single(one, element, timestamps) or "UNBOUNDED" for one in value.values())
        return f"[{start}, {end})"
    if field["type"] == "TIMESTAMP":
        return _timestamp(value, timestamps)
    return WRITERS.get(field["type"], str)(value)


def _timestamp(value: datetime.datetime, timestamps: str) -> str:
    microseconds = (value - EPOCH) // MICROSECOND
    if timestamps == "INT64":
        return str(microseconds)
    if timestamps == "ISO8601_STRING":
        return f"{value.astimezone(datetime.UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
    sign, (seconds, rest) = "-" if microseconds < 0 else "", divmod(abs(microseconds), 1_000_000)
    return f"{sign}{seconds}.{rest:06d}"


def _float(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(float(value))


def _decimal(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _interval(value: Any) -> str:
    """Y-M D H:M:S[.F] of months, days and nanoseconds."""
    months, days, nanoseconds = value
    if abs(months) > MOST_MONTHS:
        raise invalid_query(f"Interval field months '{months}' is out of range -{MOST_MONTHS} to {MOST_MONTHS}")
    seconds, rest = divmod(abs(nanoseconds) // 1000, 1_000_000)
    clock = f"{seconds // 3600}:{seconds // 60 % 60}:{seconds % 60}" + (f".{rest:06d}" if rest else "")
    clock = clock[:-3] if rest and rest % 1000 == 0 else clock
    sign, before = ("-" if months < 0 else ""), ("-" if nanoseconds < 0 else "")
    return f"{sign}{abs(months) // 12}-{abs(months) % 12} {days} {before}{clock}"


WRITERS: dict[str, Callable[[Any], str]] = {
    "BOOLEAN": lambda value: "true" if value else "false",
    "INTEGER": lambda value: str(int(value)),
    "FLOAT": _float,
    "INTERVAL": _interval,
    "BYTES": lambda value: base64.b64encode(value).decode(),
    "DATE": lambda value: value.isoformat(),
    "TIME": lambda value: value.isoformat(),
    "DATETIME": lambda value: value.isoformat(),
    "NUMERIC": _decimal,
    "BIGNUMERIC": _decimal,
}
