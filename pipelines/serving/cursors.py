"""Cursors: a place in a table's order that holds in every snapshot of it, however it is cut into shards."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

import orjson

from pipelines.serving.values import Value
from pipelines.snapshots.served_table import INTEGERS, ServedTable

FARTHEST = 2**63
"""The largest integer of a database is one less."""


@dataclass(frozen=True)
class Cursor:
    """After so many (`given`) of the rows that have these values in the columns of the table's order."""

    values: tuple[Value, ...]
    given: int

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(orjson.dumps([*self.values, self.given])).rstrip(b"=").decode()


def cursor(table: ServedTable, text: str) -> Cursor:
    """The cursor that was written so. ValueError, in one line, if it is none of that table."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        *values, given = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        kinds = [int if table.type_of(name) in INTEGERS else str for name in table.order]
        if [type(value) for value in (*values, given)] != [*kinds, int]:
            raise ValueError
        if any(isinstance(value, int) and not -FARTHEST <= value < FARTHEST for value in (*values, given)):
            raise ValueError
    except (ValueError, TypeError, binascii.Error):
        raise ValueError(f"{text[:80]!r} is not one that this service gave") from None
    return Cursor(tuple(values), max(given, 0))
