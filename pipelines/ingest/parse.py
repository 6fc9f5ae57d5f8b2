"""JSON messages to columns: all at once where they are as the contract says, one by one where they aren't."""

# pyright: reportAttributeAccessIssue=false
# pyarrow.compute makes its functions at import, so the type checker can't see them.
from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from pipelines.contracts.model import Column, Table
from pipelines.contracts.schemas import arrow_type
from pipelines.contracts.types import TYPES

OPENING_BRACE = ord("{")


def parse(table: Table, payloads: Sequence[bytes]) -> tuple[dict[str, pa.Array], dict[int, str]]:
    """The message columns (null where there is no value), and row -> reason for messages of a wrong type."""
    columns = _parse_together(table.message_columns, payloads)
    if columns is not None:
        return columns, {}
    return _parse_apart(table, payloads)


def _parse_together(columns: Sequence[Column], payloads: Sequence[bytes]) -> dict[str, pa.Array] | None:
    """All messages in one call of Arrow's JSON reader; None unless each is exactly one good object."""
    text = b"\n".join(payloads)
    # A raw line break can't stand inside a JSON string, so with one object begun per line, lines are messages.
    apart = text.count(b"\n") == len(payloads) - 1 and all(payloads)
    if not columns or not apart or set(map(itemgetter(0), payloads)) != {OPENING_BRACE}:
        return None
    fields = [(column.source, _type_in_json(column)) for column in columns]
    try:
        rows = pj.read_json(
            pa.BufferReader(text),
            read_options=pj.ReadOptions(use_threads=False, block_size=len(text) + 1),
            parse_options=pj.ParseOptions(explicit_schema=pa.schema(fields), unexpected_field_behavior="ignore"),
        )
        if rows.num_rows != len(payloads):
            return None
        # The reader takes any bytes for text; UTF-8 is checked here.
        rows.validate(full=True)
        return {c.name: pc.cast(rows[c.source].combine_chunks(), arrow_type(c)) for c in columns}
    except pa.ArrowInvalid:
        return None


def _type_in_json(column: Column) -> pa.DataType:
    """What Arrow's reader takes a value for: text where JSON has text, such as the ISO 8601 of a time."""
    return pa.string() if TYPES[column.type].json["type"] == "string" else arrow_type(column)


def _parse_apart(table: Table, payloads: Sequence[bytes]) -> tuple[dict[str, pa.Array], dict[int, str]]:
    reasons: dict[int, str] = {}
    values: dict[str, list[Any]] = {column.name: [] for column in table.message_columns}
    for row, payload in enumerate(payloads):
        message = _load(payload)
        if message is None:
            reasons[row] = f"{table.name}: not a JSON object"
        for column in table.message_columns:
            value = (message or {}).get(str(column.source))
            if value is not None:
                value, problem = _convert(column, value)
                if problem:
                    reasons.setdefault(row, f"{table.name}.{column.name}: {problem}")
            values[column.name].append(value)
    return {c.name: pa.array(values[c.name], arrow_type(c)) for c in table.message_columns}, reasons


def _load(payload: bytes) -> dict[str, Any] | None:
    try:
        message = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None
    return message if isinstance(message, dict) else None


def _convert(column: Column, value: Any) -> tuple[Any, str | None]:
    """(the value as the column's type, None), or (None, what is wrong with it)."""
    try:
        return TYPES[column.type].parse(value), None
    except (ValueError, TypeError, OverflowError):
        return None, f"{_shown(value)} is not {TYPES[column.type].described}"


def _shown(value: Any) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= 80 else f"{text[:80]}..."
