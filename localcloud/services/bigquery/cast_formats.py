"""CAST with FORMAT as calls of the table's functions."""

from __future__ import annotations

from sqlglot import exp

from localcloud.services.bigquery.comparisons import is_of
from localcloud.services.bigquery.errors import invalid_query
from localcloud.services.bigquery.googlesql import call

KINDS = {
    exp.DType.DATE: "DATE", exp.DType.DATETIME: "DATETIME", exp.DType.TIMESTAMP: "DATETIME",
    exp.DType.TIMESTAMPTZ: "TIMESTAMP", exp.DType.TIME: "TIME",
}  # fmt: skip
TEXTS = (exp.DType.TEXT, exp.DType.VARCHAR)
BINARIES = (exp.DType.BINARY, exp.DType.VARBINARY)


def cast_by_format(node: exp.Cast) -> exp.Expr:
    """Errors: a 400 for types between which, here, is no CAST with FORMAT."""
    value, form, to = node.this, node.args["format"], node.to.this
    zone: exp.Expr = exp.Literal.string("UTC")
    if isinstance(form, exp.AtTimeZone):
        form, zone = form.this, form.args["zone"]
    form, zone = (exp.cast(one, exp.DType.TEXT) for one in (form, zone))
    kind = KINDS.get(value.type.this) if value.type is not None else None
    if to in TEXTS and kind is not None:
        return call("moment_as_text", _microseconds(value, kind), form, exp.Literal.string(kind), zone)
    if to in TEXTS and is_of(value, *BINARIES):
        return call("bytes_as_text", value, form)
    if to in BINARIES and is_of(value, *TEXTS):
        return call("text_as_bytes", value, form)
    if to in KINDS and is_of(value, *TEXTS):
        moment = call("text_as_moment", value, form, exp.Literal.string(KINDS[to]), zone)
        timestamp = exp.Anonymous(this="make_timestamptz", expressions=[moment])
        return timestamp if KINDS[to] == "TIMESTAMP" else call(f"to_{KINDS[to].lower()}", timestamp)
    raise invalid_query("CAST with FORMAT is only supported here between STRING and dates, times or BYTES")


def _microseconds(value: exp.Expr, kind: str) -> exp.Expr:
    if kind == "TIME":
        value = exp.Add(this=exp.cast(exp.Literal.string("1970-01-01"), exp.DType.DATE), expression=value)
    elif kind == "DATE":
        value = exp.cast(value, exp.DType.TIMESTAMP)
    return exp.Anonymous(this="epoch_us", expressions=[value])
