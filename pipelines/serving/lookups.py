"""Lookups of a table's rows: by value, time and H3 cell, a page at a time, over all of its databases.

The table's order is that of `_place` in each database, and rows that are equal in it are in one database, because it
has the table's key. So a page is the first rows of each database, merged.
"""

from __future__ import annotations

import heapq
from typing import Any

from pipelines.serving.cursors import Cursor
from pipelines.serving.search import SEPARATOR, Page, Query, Search
from pipelines.serving.snapshot import MappedTable, Work

_Row = tuple[list[Any], int, int]
"""The values of a row's order, the number of its database, and its length."""


def find(mapped: MappedTable, query: Query, work: Work) -> Page:
    """A page of rows. TooMuchWorkError if it would take more than `work`."""
    key = query.equal.get(mapped.table.key)
    shards = mapped.shards if key is None else mapped.shards_of(key)
    rows: list[list[_Row]] = []
    texts: list[bytes] = []
    for number, shard in enumerate(shards):
        with shard.reader() as reader:
            search = Search(reader, work, mapped.table, shard, query)
            if len(shards) == 1:
                return search.page()
            found, text = search.first_rows()
        rows.append([(values, number, length) for *values, length in found])
        texts.append(text)
    return _merged(rows, texts, query)


def _merged(rows: list[list[_Row]], texts: list[bytes], query: Query) -> Page:
    merged = list(heapq.merge(*rows, key=lambda row: row[0]))
    page = merged[: query.limit]
    cursor = _cursor(page, query.after) if len(merged) > len(page) else None
    return Page(SEPARATOR.join(_cut(page, texts)), len(page), cursor)


def _cut(page: list[_Row], texts: list[bytes]) -> list[bytes]:
    """The rows of a page, each from its database's text."""
    begins = [0] * len(texts)
    cut: list[bytes] = []
    for _, number, length in page:
        begin = begins[number]
        cut.append(texts[number][begin : begin + length])
        begins[number] = begin + length + len(SEPARATOR)
    return cut


def _cursor(page: list[_Row], after: Cursor | None) -> Cursor:
    """The cursor behind the last row of a page."""
    last = page[-1][0]
    given = next((index for index, row in enumerate(reversed(page)) if row[0] != last), len(page))
    before = after.given if given == len(page) and after is not None and list(after.values) == last else 0
    return Cursor(tuple(last), before + given)
