"""Lookups in one database of a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from pipelines.serving.cursors import Cursor
from pipelines.serving.snapshot import MappedShard, Reader, Work
from pipelines.serving.values import Value
from pipelines.snapshots.database import quoted
from pipelines.snapshots.served_table import ServedTable

SEPARATOR = b",\n"
"""Between rows. A row is on one line, so this is nowhere else."""
BODIES = "CAST(group_concat(_body, ',' || char(10)) AS BLOB)"
"""All rows in one value: for each row that a statement gives, a thread lets others go first."""
BEYOND = 2**62
"""No place is as high."""

_Candidate = tuple[str, str, tuple[Value, ...]]
"""A column with an index, a condition that it finds rows by, and the condition's values."""


@dataclass(slots=True)
class Query:
    """What rows are looked for; everything that is set must hold. Null is equal to nothing.

    equal: a value by column.  start, end: rows that overlap this span, both ends included (µs since 1970); a row
    without a last moment ends with its first.  cells: lowest and highest H3 cell.  limit: rows a page.  after: see
    cursors.py.
    """

    equal: dict[str, Value] = field(default_factory=dict)
    start: int | None = None
    end: int | None = None
    cells: tuple[str, str] | None = None
    limit: int = 100
    after: Cursor | None = None


@dataclass(slots=True)
class Page:
    """Rows as JSON with SEPARATOR between them, in the table's order; the cursor of the next page, None on the last."""

    rows: bytes
    count: int
    cursor: Cursor | None


class Point:
    """The rows of one value of a column: one statement, for what is asked most."""

    def __init__(self, column: str) -> None:
        self._statement = f"SELECT _body FROM rows {_by(column)} WHERE {quoted(column)} = ? ORDER BY _place LIMIT ?"

    def rows(self, reader: Reader, work: Work, value: Value, limit: int) -> tuple[int, bytes | None]:
        """How many rows of a database have the value, up to limit, and these as in Page.rows; None for no rows."""
        found = reader.rows(work, self._statement, (value, limit))
        if len(found) == 1:
            return 1, found[0][0]
        return len(found), SEPARATOR.join([row[0] for row in found]) if found else None


class Search:
    """One query of one database."""

    def __init__(self, reader: Reader, work: Work, table: ServedTable, shard: MappedShard, query: Query) -> None:
        self._reader, self._work = reader, work
        self._table, self._query = table, query
        self._shard = shard
        self._order = ", ".join(map(quoted, table.order))
        self._low, self._high = 1, BEYOND
        self._conditions = self._filters()
        self._bound()
        self._index = self._best_index()

    def page(self) -> Page:
        """The page, if this is the only database."""
        where, values = self._where()
        statement = (
            f"SELECT count(*), max(_place), {BODIES} FROM"
            f" (SELECT _place AS _at FROM rows {self._index} WHERE {where} ORDER BY _place LIMIT ?)"
            " CROSS JOIN rows ON _place = _at"
        )
        count, last, text = self._reader.row(self._work, statement, (*values, self._query.limit))
        more = count == self._query.limit and self._is_any_from(last + 1)
        return Page(text or b"", count, self._cursor(last) if more else None)

    def first_rows(self) -> tuple[list[list[Any]], bytes]:
        """The rows of the page and one more, if there are others: of each its order's values and length; and all."""
        columns = ", ".join((self._order, "length(_body)"))
        where, values = self._where()
        statement = (
            f"SELECT json_group_array(json_array({columns})), {BODIES} FROM"
            f" (SELECT _place AS _at FROM rows {self._index} WHERE {where} ORDER BY _place LIMIT ?)"
            " CROSS JOIN rows ON _place = _at"
        )
        found, text = self._reader.row(self._work, statement, (*values, self._query.limit + 1))
        return orjson.loads(found), text or b""

    def _is_any_from(self, place: int) -> bool:
        where, values = self._where(low=place)
        statement = f"SELECT 1 FROM rows {self._index} WHERE {where} LIMIT 1"
        return self._reader.row(self._work, statement, values) is not None

    def _cursor(self, place: int) -> Cursor:
        """The cursor behind a row of the page."""
        order = self._reader.row(self._work, f"SELECT {self._order} FROM rows WHERE _place = ?", (place,))
        where, values = self._where(self._place(self._table.order, ">=", order), place + 1)
        statement = f"SELECT count(*) FROM rows {self._index} WHERE {where}"
        return Cursor(order, self._reader.row(self._work, statement, values)[0])

    def _bound(self) -> None:
        """Turn the span of time and the cursor into places."""
        query, first = self._query, self._table.order[:1]
        if query.start is not None:
            self._low = self._place(first, ">=", (query.start - self._shard.longest,))
        if query.end is not None:
            self._high = self._place(first, ">", (query.end,))
        if query.after is not None:
            self._low = max(self._low, self._after(query.after))

    def _after(self, after: Cursor) -> int:
        """The first place behind a cursor."""
        order = self._table.order
        equal, behind = (self._place(order, comparison, after.values) for comparison in (">=", ">"))
        if equal == behind or after.given == 0:
            return equal
        where, values = self._where(equal, behind)
        # Whatever index the page takes, it is known only when its bounds are.
        statement = f"SELECT _place FROM rows WHERE {where} ORDER BY _place LIMIT 1 OFFSET ?"
        found = self._reader.row(self._work, statement, (*values, after.given - 1))
        return found[0] + 1 if found else behind

    def _place(self, columns: Sequence[str], comparison: str, values: tuple[Value, ...]) -> int:
        """The first place whose row compares so in the first columns of the order."""
        names, marks = ", ".join(map(quoted, columns)), ", ".join("?" * len(columns))
        statement = (
            f"SELECT _place FROM rows INDEXED BY _in_order WHERE ({names}) {comparison} ({marks})"
            f" ORDER BY {self._order}, _place LIMIT 1"
        )
        found = self._reader.row(self._work, statement, values)
        return found[0] if found else BEYOND

    def _filters(self) -> list[tuple[str, tuple[Value, ...]]]:
        """Conditions on a row itself."""
        query, table = self._query, self._table
        found: list[tuple[str, tuple[Value, ...]]] = [
            (f"{quoted(name)} = ?", (value,)) for name, value in query.equal.items()
        ]
        if query.cells is not None and table.cell is not None:
            found.append((f"{quoted(table.cell)} BETWEEN ? AND ?", query.cells))
        if query.start is not None and len(table.time) > 1:
            first, last = map(quoted, table.time)
            found.append((f"coalesce({last}, {first}) >= ?", (query.start,)))
        return found

    def _where(self, low: int | None = None, high: int | None = None) -> tuple[str, tuple[Value, ...]]:
        low, high = low or self._low, high or self._high
        conditions = [*self._conditions, ("_place >= ? AND _place < ?", (low, high))]
        values = tuple(value for _, values in conditions for value in values)
        return " AND ".join(condition for condition, _ in conditions), values

    def _best_index(self) -> str:
        """How SQLite is told to find the rows: it does not know how many have a value, but looking is quick."""
        equal: list[_Candidate] = [(name, f"{quoted(name)} = ?", (value,)) for name, value in self._query.equal.items()]
        cells: list[_Candidate] = []
        if self._query.cells is not None and self._table.cell is not None:
            cells = [(self._table.cell, f"{quoted(self._table.cell)} BETWEEN ? AND ?", self._query.cells)]
        if len(equal) == 1 and not cells:
            return _by(equal[0][0])
        return self._best(equal, cells)

    def _best(self, equal: list[_Candidate], cells: list[_Candidate]) -> str:
        """The index that finds the fewest rows, counted up to where it is as quick to walk in the table's order.

        n of N rows in random places: all n must be fetched and sorted, or limit * N / n rows passed by until the page
        is full. These are equal at n = sqrt(limit * N).
        """
        span = min(self._high, self._shard.rows + 1) - self._low
        few = math.isqrt((self._query.limit + 1) * max(span, 0))
        counts = [(self._count(*one, few), _by(one[0])) for one in (*equal, *cells)]
        count, index = min(counts, default=(few, ""))
        if span <= count:
            return "NOT INDEXED"
        if count < few:
            return index
        return _by(equal[0][0]) if equal else "NOT INDEXED"

    def _count(self, column: str, condition: str, values: tuple[Value, ...], most: int) -> int:
        statement = f"SELECT count(*) FROM (SELECT 1 FROM rows {_by(column)} WHERE {condition} LIMIT ?)"
        return self._reader.row(self._work, statement, (*values, most))[0]


def _by(column: str) -> str:
    return f"INDEXED BY {quoted(f'by_{column}')}"
