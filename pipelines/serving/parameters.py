"""Paths and queries of requests, as they were sent."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote_to_bytes

from pipelines.serving.cursors import cursor
from pipelines.serving.h3_range import cell_range
from pipelines.serving.search import Query
from pipelines.serving.values import from_text, moment
from pipelines.snapshots.served_table import ServedTable

DEFAULT_LIMIT, LARGEST_LIMIT = 100, 1000


def text(sent: bytes) -> str:
    """A percent-encoded segment. ValueError if it is no UTF-8."""
    try:
        return (unquote_to_bytes(sent) if b"%" in sent else sent).decode()
    except UnicodeDecodeError:
        raise ValueError(f"{sent.decode('latin-1')[:80]!r} is no UTF-8") from None


def names(table: ServedTable, given: Sequence[str] = ()) -> tuple[str, ...]:
    """The parameters that lookups of a table have, without the columns that are given otherwise."""
    columns = (*table.by, *([table.cell] if table.cell else []))
    times = ("start", "end") if table.time else ()
    return (*(name for name in dict.fromkeys(columns) if name not in given), *times, "limit", "cursor")


def query(table: ServedTable, sent: bytes, equal: dict[str, int | str]) -> Query:
    """What a query string asks of a table, beside the values that its path has. ValueError, in one line, by name."""
    known = names(table, tuple(equal))
    found: dict[str, str] = {}
    for item in sent.split(b"&") if sent else ():
        name, _, value = (text(part.replace(b"+", b" ")) if part != b"=" else "=" for part in item.partition(b"="))
        if name not in known:
            raise ValueError(f"{name[:80]!r} is no parameter here; there are {', '.join(known)}")
        if name in found:
            raise ValueError(f"{name} is given twice")
        found[name] = value
    return _query(table, found, equal)


def _query(table: ServedTable, found: dict[str, str], equal: dict[str, int | str]) -> Query:
    cells = start = end = after = None
    limit = DEFAULT_LIMIT
    equal = dict(equal)
    for name, value in found.items():
        try:
            if name == table.cell:
                cells = cell_range(value)
                if cells[0] == cells[1]:
                    equal[name], cells = cells[0], None
            elif name in table.by:
                equal[name] = from_text(table.type_of(name), value)
            elif name == "start":
                start = moment(value)
            elif name == "end":
                end = moment(value)
            elif name == "cursor":
                after = cursor(table, value)
            else:
                limit = limit_of(value)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return Query(equal, start, end, cells, limit, after)


def limit_of(value: object) -> int:
    """A limit, as text or as JSON has it. ValueError if it is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len(str(LARGEST_LIMIT)):
        value = int(value)
    if type(value) is not int or not 1 <= value <= LARGEST_LIMIT:
        raise ValueError(f"{str(value)[:80]!r} is no whole number from 1 to {LARGEST_LIMIT}")
    return value
