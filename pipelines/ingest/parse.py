"""JSON messages to columns: all at once where they are as the contract says, one by one where they aren't."""

# pyright: reportAttributeAccessIssue=false
# pyarrow.compute makes its functions at import, so the type checker can't see them.
from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from operator import itemgetter
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from pipelines.contracts.model import Column, Table
from pipelines.contracts.schemas import arrow_type

OPENING_BRACE = ord("{")
TEXT_TYPES = ("timestamptz", "date")
"""Columns that JSON has as ISO 8601 text."""


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
    fields = [(c.source, pa.string() if c.type in TEXT_TYPES else arrow_type(c)) for c in columns]
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
        return CONVERTERS[column.type](value), None
    except (ValueError, TypeError, OverflowError):
        return None, f"{_shown(value)} is not {DESCRIPTIONS[column.type]}"


def _shown(value: Any) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= 80 else f"{text[:80]}..."


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return float(value)


def _integer(bits: int) -> Callable[[Any], int]:
    limit = 1 << (bits - 1)

    def convert(value: Any) -> int:
        number = _number(value)
        if not number.is_integer() or not -limit <= int(value) < limit:
            raise ValueError
        return int(value)

    return convert


def _exactly(kind: type) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        if not isinstance(value, kind):
            raise TypeError
        return value

    return convert


def _time(value: Any) -> datetime:
    time = datetime.fromisoformat(value)
    if time.tzinfo is None:
        raise ValueError
    return time.astimezone(UTC)


CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "boolean": _exactly(bool),
    "int": _integer(32),
    "long": _integer(64),
    "float": _number,
    "double": _number,
    "string": _exactly(str),
    "date": date.fromisoformat,
    "timestamptz": _time,
}
DESCRIPTIONS = {
    "boolean": "true or false",
    "int": "a whole number",
    "long": "a whole number",
    "float": "a number",
    "double": "a number",
    "string": "text",
    "date": "a date (ISO 8601)",
    "timestamptz": "a time with its zone (ISO 8601)",
}
