"""Lookups give just the rows that a plain filter does, page by page, however the table is cut into databases."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import h3
import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contracts.model import Column, Serve, Table
from pipelines.serving.cursors import Cursor, cursor
from pipelines.serving.h3_range import cell_range
from pipelines.serving.lookups import find
from pipelines.serving.search import Query
from pipelines.serving.snapshot import MappedTable, Work
from pipelines.snapshots.served_table import served_table
from tests.pipelines.serving.published import CELLS, SCENARIOS, START, as_sent, in_order, mapped, number, scenario

PLENTY = Work(1_000_000)
EVENTS = served_table(
    Table(
        name="events",
        namespace="tests",
        columns=(
            Column("key", "string", True),
            Column("first", "timestamptz", True),
            Column("last", "timestamptz", False),
            Column("order", "long", True),
            Column("kind", "string", False),
            Column("good", "boolean", False),
            Column("cell", "string", False),
            Column("note", "string", False),
        ),
        sort=("key", "order"),
    ),
    Serve("events", ("key", "kind", "good"), ("first", "last"), "cell"),
)
PLAIN = replace(EVENTS, name="plain", time=(), cell=None, order=("key",))
"""Without time; all rows of a key are equal in its order."""


def moments(most: int) -> st.SearchStrategy[Any]:
    return st.integers(0, most).map(lambda seconds: START + timedelta(seconds=seconds))


KEYS = st.sampled_from(["", "a", "b", "ü", "\0", "a\0", "\U0001f600", "\uffff"])
KINDS = st.sampled_from(["", "x", "y"])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "key": KEYS,
            "first": moments(6),
            "last": st.none() | moments(9),
            "order": st.sampled_from([-(2**63), 0, 1, 2**63 - 1]),
            "kind": st.none() | KINDS,
            "good": st.none() | st.booleans(),
            "cell": st.none() | st.sampled_from(CELLS),
            "note": st.none() | st.sampled_from(["", 'a,\n"b"', "ü"]),
        }
    ),
    max_size=25,
).map(lambda rows: [row for row in rows if row["last"] is None or row["last"] >= row["first"]])
QUERIES = st.builds(
    Query,
    equal=st.fixed_dictionaries({}, optional={"key": KEYS, "kind": KINDS, "good": st.integers(0, 1)}),
    start=st.none() | moments(10).map(number),
    end=st.none() | moments(10).map(number),
    cells=st.none() | st.builds(h3.cell_to_parent, st.sampled_from(CELLS), st.sampled_from([5, 9])).map(cell_range),
    limit=st.integers(1, 6),
)


def fits(row: dict[str, Any], query: Query) -> bool:
    first, last = number(row["first"]), number(row["last"] or row["first"])
    return (
        all(row[name] is not None and number(row[name]) == value for name, value in query.equal.items())
        and (query.start is None or last >= query.start)
        and (query.end is None or first <= query.end)
        and (query.cells is None or (row["cell"] is not None and query.cells[0] <= row["cell"] <= query.cells[1]))
    )


def pages(tables: list[MappedTable], query: Query) -> list[list[Any]]:
    """All pages; each next one comes from the next of the tables, as if a snapshot was swapped in meanwhile."""
    found: list[list[Any]] = []
    after: Cursor | None = None
    while True:
        table = tables[len(found) % len(tables)]
        page = find(table, replace(query, after=after), PLENTY)
        found.append(orjson.loads(b"[%b]" % page.rows))
        assert page.count == len(found[-1])
        if page.cursor is None:
            return found
        assert page.count == query.limit
        after = cursor(table.table, str(page.cursor))
        assert after == page.cursor


@given(ROWS, QUERIES)
@settings(max_examples=60)
def test_lookups_are_a_filter(rows: list[dict[str, Any]], query: Query) -> None:
    expected = [as_sent(row) for row in in_order(EVENTS, rows) if fits(row, query)]
    with tempfile.TemporaryDirectory() as folder:
        one, three = (mapped(EVENTS, rows, shards, Path(folder)) for shards in (1, 3))
        for tables in ([one], [three], [one, three]):
            found = pages(tables, query)
            assert [row for page in found for row in page] == expected
            assert len(found) == max(1, -(-len(expected) // query.limit))


@given(ROWS, KEYS | st.none(), st.integers(1, 4))
@settings(max_examples=30)
def test_rows_that_are_equal_in_the_order_are_each_given_once(
    rows: list[dict[str, Any]], key: str | None, limit: int
) -> None:
    query = Query({} if key is None else {"key": key}, limit=limit)
    expected = [as_sent(row) for row in in_order(PLAIN, rows) if key is None or row["key"] == key]
    with tempfile.TemporaryDirectory() as folder:
        one, two = (mapped(PLAIN, rows, shards, Path(folder)) for shards in (1, 2))
        for tables in ([one], [two, one]):
            assert [row for page in pages(tables, query) for row in page] == expected


def test_a_cursor_holds_when_rows_come_and_go(tmp_path: Path) -> None:
    rows = [scenario(index) for index in range(6)]
    before = mapped(SCENARIOS, rows, 1, tmp_path)
    page = find(before, Query(limit=3), PLENTY)
    after = mapped(SCENARIOS, [*rows[3:], scenario(0, "new"), scenario(9)], 2, tmp_path)
    found = orjson.loads(b"[%b]" % find(after, Query(after=page.cursor), PLENTY).rows)
    assert [row["scenario_id"] for row in found] == ["s0003", "s0004", "s0005", "s0009"]
