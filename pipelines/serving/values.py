"""Values of requests as databases have them: text, or integers as served_table.INTEGERS says."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pipelines.contracts.types import TYPES

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
"""RFC 3339, as precise as tables are; seconds may be left out."""
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,19}")

Value = int | str


def from_text(kind: str, text: str) -> Value:
    """A value of a path or a parameter. ValueError, in one line, if it is none of that type."""
    if kind == "string":
        return text
    if kind == "boolean":
        if text not in ("true", "false"):
            raise ValueError(f"{text[:80]!r} is neither true nor false")
        return int(text == "true")
    if kind == "timestamptz":
        return moment(text)
    if kind == "date":
        return _day(text)
    if not WHOLE_NUMBER.fullmatch(text):
        raise ValueError(f"{text[:80]!r} is not {TYPES[kind].described}")
    return TYPES[kind].parse(int(text))


def from_json(kind: str, value: Any) -> Value:
    """A value of a JSON body. ValueError, in one line, if it is none of that type."""
    try:
        if kind in ("timestamptz", "date"):
            return from_text(kind, TYPES["string"].parse(value))
        parsed = TYPES[kind].parse(value)
    except (TypeError, OverflowError):
        raise ValueError(f"{str(value)[:80]!r} is not {TYPES[kind].described}") from None
    return int(parsed) if kind == "boolean" else parsed


def moment(text: str) -> int:
    """A date-time with its zone in microseconds since 1970, UTC. ValueError, in one line, if it is none."""
    upper = text.upper()
    try:
        if not DATE_TIME.fullmatch(upper):
            raise ValueError
        return (datetime.fromisoformat(upper) - EPOCH) // MICROSECOND
    except (ValueError, OverflowError):
        raise ValueError(f"{text[:80]!r} is no date-time with its zone like 2026-03-01T08:00:00Z") from None


def _day(text: str) -> int:
    try:
        if not DATE.fullmatch(text):
            raise ValueError
        return (date.fromisoformat(text) - EPOCH.date()).days
    except ValueError:
        raise ValueError(f"{text[:80]!r} is no date like 2026-03-01") from None
