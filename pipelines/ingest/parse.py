"""JSON messages to columns: all at once where they are as the contract says, one by one where they aren't.

What a message gives is defined by the way one by one. The way all at once is a faster one to the same values, taken
where it can't differ: a message's neighbours change nothing of it.
"""

# pyright: reportAttributeAccessIssue=false
# pyarrow.compute makes its functions at import, so the type checker can't see them.
from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Sequence
from operator import itemgetter
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from pipelines.contracts.model import Column, Table
from pipelines.contracts.schemas import arrow_type
from pipelines.contracts.types import TYPES

BRACES = {(ord("{"), ord("}"))}
NESTED = 1000
"""orjson reads no deeper than 1,024 levels, Arrow does."""
DIGITS = 300
"""A double has at most 309 before its point."""
INFINITE = (math.inf, -math.inf)
MINUS_ZERO = re.compile(rb"-0(?![.\deE])")
"""To orjson an integer, so without its sign."""


def parse(table: Table, payloads: Sequence[bytes]) -> tuple[dict[str, pa.Array], dict[int, str]]:
    """The message columns (null where there is no value), and row -> reason for messages of a wrong type."""
    columns = _parse_together(table.message_columns, payloads)
    if columns is not None:
        return columns, {}
    return _parse_apart(table, payloads)


def _parse_together(columns: Sequence[Column], payloads: Sequence[bytes]) -> dict[str, pa.Array] | None:
    """All messages in one call of Arrow's JSON reader; None unless each is exactly one good object."""
    text = b"\n".join(payloads)
    if not columns or not _can_be_read_together(payloads, text):
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
        return {column.name: _column(column, rows[column.source].combine_chunks()) for column in columns}
    except pa.ArrowInvalid:
        return None


def _can_be_read_together(payloads: Sequence[bytes], text: bytes) -> bool:
    """Whether Arrow takes the lines for the messages that they are, and reads none that orjson doesn't.

    A raw line break can't stand inside a JSON string, and what begins with a brace can't go on what ended with one:
    with both braces on each line and as many objects as lines, lines are messages. Arrow takes NaN and Inf for numbers,
    and checks neither encoding nor escapes of the keys that are no columns.
    """
    apart = text.count(b"\n") == len(payloads) - 1 and all(payloads)
    if not apart or set(map(itemgetter(0, -1), payloads)) != BRACES:
        return False
    if any(word in text for word in (b"\\u", b"NaN", b"Inf")) or MINUS_ZERO.search(text):
        return False
    longest = max(payloads, key=len)
    if len(longest) > NESTED and any(message.count(b"{") + message.count(b"[") > NESTED for message in payloads):
        return False
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _type_in_json(column: Column) -> pa.DataType:
    """What Arrow's reader takes a value for: text where JSON has text, and of numbers what orjson takes them for."""
    kind = TYPES[column.type].json["type"]
    return {"string": pa.string(), "number": pa.float64()}.get(kind) or arrow_type(column)


def _column(column: Column, values: pa.Array) -> pa.Array:
    """Values as Arrow's reader gives them as the column's; ArrowInvalid for one that may mean something else to it."""
    text = TYPES[column.type].text
    if text is not None and not pc.all(pc.match_substring_regex(values, text), min_count=0).as_py():
        raise pa.ArrowInvalid(f"{column.name} is written in more than one way")
    if pa.types.is_floating(values.type) and pc.any(pc.is_inf(values)).as_py():
        raise pa.ArrowInvalid(f"{column.name} has a number beyond all doubles")
    return pc.cast(values, arrow_type(column), safe=not pa.types.is_floating(arrow_type(column)))


def _parse_apart(table: Table, payloads: Sequence[bytes]) -> tuple[dict[str, pa.Array], dict[int, str]]:
    reasons: dict[int, str] = {}
    values: dict[str, list[Any]] = {column.name: [] for column in table.message_columns}
    keys = [str(column.source) for column in table.message_columns]
    for row, payload in enumerate(payloads):
        message = _load(payload, keys)
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


def _load(payload: bytes, keys: Collection[str]) -> dict[str, Any] | None:
    """The message, of which only these keys are read."""
    try:
        message = orjson.loads(payload)
    except orjson.JSONDecodeError:
        message = _load_with_huge_numbers(payload, keys)
    return message if isinstance(message, dict) else None


def _load_with_huge_numbers(payload: bytes, keys: Collection[str]) -> Any:
    """What orjson refuses for a number beyond all doubles, unless that is read."""
    # Python's reader takes half of a surrogate pair for text.
    if b"\\u" in payload:
        return None
    try:
        message = json.loads(payload.decode(), parse_int=_whole, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None
    if isinstance(message, dict) and any(message.get(key) in INFINITE for key in keys):
        return None
    return message


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= DIGITS else float(digits)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _convert(column: Column, value: Any) -> tuple[Any, str | None]:
    """(the value as the column's type, None), or (None, what is wrong with it)."""
    try:
        return TYPES[column.type].parse(value), None
    except (ValueError, TypeError, OverflowError):
        return None, f"{_shown(value)} is not {TYPES[column.type].described}"


def _shown(value: Any) -> str:
    try:
        text = orjson.dumps(value).decode()
    except orjson.JSONEncodeError:  # nested deeper than it writes
        text = f"a {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:80]}..."
