"""The lookups that one snapshot offers: what a path and its query ask for, and the bodies of answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from pipelines.serving import parameters
from pipelines.serving.lookups import SEPARATOR, Page, Point, Query, find
from pipelines.serving.snapshot import MappedTable, Snapshot, Work
from pipelines.serving.values import Value, from_json, from_text

MOST_WORK = 2_000
"""What one request may cost, see Work."""
MOST_KEYS = 1000
BATCH = ":batchGet"


class RefusedError(Exception):
    """A request that gets no rows: the status of its answer, and why, in one line.

    allow: the methods that there are, if it is that.
    """

    def __init__(self, status: int, detail: str, allow: str = "") -> None:
        super().__init__(detail)
        self.status, self.allow = status, allow


@dataclass(frozen=True)
class Rows:
    """Rows of a table: the JSON body of their answer, the rows alone as in Page.rows, and the next page's cursor."""

    body: bytes
    rows: bytes
    cursor: str | None = None


@dataclass(frozen=True)
class Lookup:
    """A request that was understood.

    tables: what its answer depends on; its rows are the last one's.  quick: looking it up takes a moment.
    look_up: RefusedError if there is nothing.
    """

    tables: tuple[MappedTable, ...]
    quick: bool
    look_up: Callable[[], Rows]


class LookupRoutes:
    """The routes below /v1 of one snapshot, but for /v1/snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._tables = snapshot.tables
        self._points = {
            (name, column): Point(mapped, column)
            for name, mapped in snapshot.tables.items()
            for column in mapped.table.by
        }

    def understand(self, method: bytes, segments: list[bytes], query: bytes, body: bytes) -> Lookup:
        """What a request asks for, by the segments of its path behind /v1. RefusedError if that is nothing."""
        try:
            name, *rest = [parameters.text(segment) for segment in segments]
            if not rest and name.endswith(BATCH):
                return self._batch(self._table(name.removesuffix(BATCH)), method, query, body)
            mapped = self._table(name)
            other = self._other(mapped, rest[1]) if len(rest) > 1 else None
            if len(rest) > 2:
                raise RefusedError(404, "there is nothing at this path; see /openapi.json")
            if method != b"GET":
                raise RefusedError(405, f"{method.decode('latin-1')[:80]} is not offered here", "GET, HEAD")
            if not rest:
                return self._page(mapped, query)
            key = _key(mapped, rest[0])
            return self._of_key(mapped, key, query) if other is None else self._related(mapped, key, other, query)
        except ValueError as error:
            raise RefusedError(422, str(error)) from None

    def _table(self, name: str) -> MappedTable:
        try:
            return self._tables[name]
        except KeyError:
            raise RefusedError(404, f"there is no table {name[:80]!r} here; see /openapi.json") from None

    def _other(self, mapped: MappedTable, name: str) -> MappedTable:
        other = self._table(name)
        if not related(mapped, other):
            raise RefusedError(404, f"{name} are not found by {mapped.table.key}; see /openapi.json")
        return other

    def _page(self, mapped: MappedTable, sent: bytes) -> Lookup:
        query = parameters.query(mapped.table, sent, {})
        return Lookup((mapped,), False, lambda: _rows(mapped, find(mapped, query, Work(MOST_WORK))))

    def _of_key(self, mapped: MappedTable, key: Value, sent: bytes) -> Lookup:
        """The rows of a key. Without filters these are quick, one statement in one database."""
        table = mapped.table
        equal = {table.key: key}
        query = parameters.query(table, sent, equal) if sent else Query(equal)
        if query != Query(equal):
            return Lookup((mapped,), False, lambda: self._filtered(mapped, key, mapped, query))
        point = self._points[table.name, table.key]

        def look_up() -> Rows:
            count, text = 0, None
            for shard in mapped.shards_of(key):
                count, text = point.rows(shard.own, Work(MOST_WORK), key, query.limit)
            if text is None:
                raise _none(mapped, key)
            if count == query.limit:
                return _rows(mapped, find(mapped, query, Work(MOST_WORK)))
            return Rows(b'{"%b":[%b],"next_cursor":null}' % (table.name.encode(), text), text)

        return Lookup((mapped,), True, look_up)

    def _related(self, mapped: MappedTable, key: Value, other: MappedTable, sent: bytes) -> Lookup:
        query = parameters.query(other.table, sent, {mapped.table.key: key})
        return Lookup((mapped, other), False, lambda: self._filtered(mapped, key, other, query))

    def _filtered(self, mapped: MappedTable, key: Value, other: MappedTable, query: Query) -> Rows:
        """Rows of `other`, if `mapped` has the key."""
        work = Work(MOST_WORK)
        if not self._count(mapped, key, work):
            raise _none(mapped, key)
        return _rows(other, find(other, query, work))

    def _count(self, mapped: MappedTable, key: Value, work: Work) -> int:
        point = self._points[mapped.table.name, mapped.table.key]
        for shard in mapped.shards_of(key):
            with shard.reader() as reader:
                return point.rows(reader, work, key, 1)[0]
        return 0

    def _batch(self, mapped: MappedTable, method: bytes, sent: bytes, body: bytes) -> Lookup:
        if method != b"POST":
            raise RefusedError(405, f"{method.decode('latin-1')[:80]} is not offered here", "POST")
        if sent:
            raise ValueError(f"{sent[:80].decode('latin-1')!r}: there are no parameters here, but a body")
        column, keys, limit = _batch_body(mapped, body)
        values = [_value(mapped, column, key) for key in keys]
        return Lookup(
            (mapped,), False, lambda: self._batch_rows(mapped, column, list(zip(keys, values, strict=True)), limit)
        )

    def _batch_rows(self, mapped: MappedTable, column: str, keys: list[tuple[Any, Value]], limit: int) -> Rows:
        work = Work(MOST_WORK)
        point = self._points[mapped.table.name, column]
        texts: list[bytes] = []
        for _, value in keys:
            shards = mapped.shards_of(value) if column == mapped.table.key else mapped.shards
            if len(shards) == 1:
                with shards[0].reader() as reader:
                    texts.append(point.rows(reader, work, value, limit)[1] or b"")
            else:
                texts.append(find(mapped, Query({column: value}, limit=limit), work).rows)
        name = mapped.table.name.encode()
        results = (
            b'{"key":%b,"%b":[%b]}' % (orjson.dumps(key), name, rows)
            for (key, _), rows in zip(keys, texts, strict=True)
        )
        return Rows(b'{"results":[%b]}' % SEPARATOR.join(results), SEPARATOR.join(filter(None, texts)))


def related(mapped: MappedTable, other: MappedTable) -> bool:
    """Whether rows of `other` are found by the key of `mapped`."""
    key = mapped.table.key
    return key in other.table.by and mapped.table.type_of(key) == other.table.type_of(key)


def _rows(mapped: MappedTable, page: Page) -> Rows:
    cursor = None if page.cursor is None else str(page.cursor)
    name = mapped.table.name.encode()
    return Rows(b'{"%b":[%b],"next_cursor":%b}' % (name, page.rows, orjson.dumps(cursor)), page.rows, cursor)


def _key(mapped: MappedTable, sent: str) -> Value:
    key = mapped.table.key
    try:
        return from_text(mapped.table.type_of(key), sent)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


def _value(mapped: MappedTable, column: str, key: Any) -> Value:
    try:
        return from_json(mapped.table.type_of(column), key)
    except ValueError as error:
        raise ValueError(f"keys: {error}") from None


def _none(mapped: MappedTable, key: Value) -> RefusedError:
    return RefusedError(404, f"there are no {mapped.table.name} with the {mapped.table.key} {str(key)[:80]!r}")


def _batch_body(mapped: MappedTable, body: bytes) -> tuple[str, list[Any], int]:
    """What a batch asks for: the column, its values and how many rows each at most. ValueError, by name."""
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"the body is no JSON: {error}") from None
    if not isinstance(asked, dict):
        raise ValueError('the body is no object like {"keys": ["a", "b"]}')
    if unknown := [name for name in asked if name not in ("by", "keys", "limit")]:
        raise ValueError(f"{unknown[0][:80]!r} is nothing that a batch has; there are by, keys, limit")
    column, keys = asked.get("by", mapped.table.key), asked.get("keys")
    if column not in mapped.table.by:
        raise ValueError(f"by: {str(column)[:80]!r} is none of {', '.join(mapped.table.by)}")
    if not isinstance(keys, list) or len(keys) > MOST_KEYS:
        raise ValueError(f"keys: give a list of at most {MOST_KEYS}")
    try:
        return column, keys, parameters.limit_of(asked.get("limit", parameters.DEFAULT_LIMIT))
    except ValueError as error:
        raise ValueError(f"limit: {error}") from None
