"""The lookups that one snapshot offers: what a path and its query ask for, and the bodies of answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipelines.serving import batches, parameters
from pipelines.serving.lookups import find
from pipelines.serving.search import Page, Point
from pipelines.serving.snapshot import MappedTable, Snapshot, Work
from pipelines.serving.values import Value, from_text
from pipelines.snapshots.served_table import ServedTable

MOST_WORK = 250
"""What one request may cost, see Work: a quarter of a second, about."""
BATCH = ":batchGet"


class RefusedError(Exception):
    """A request that gets no rows: the status of its answer, and why, in one line.

    allow: the methods that there are, if it is that.
    """

    def __init__(self, status: int, detail: str, allow: str = "") -> None:
        super().__init__(detail)
        self.status, self.allow = status, allow


@dataclass(slots=True)
class Rows:
    """Rows of a table: the JSON body of their answer, the rows alone as in Page.rows, and the next page's cursor."""

    body: bytes
    rows: bytes
    cursor: str | None = None


@dataclass(slots=True)
class Lookup:
    """A request that was understood.

    table: whose rows it asks for.  version: of all that its answer depends on.  look_up: RefusedError if there is
    nothing.
    """

    table: ServedTable
    version: bytes
    look_up: Callable[[], Rows]


class _Table:
    """A table with what is made of it once."""

    def __init__(self, mapped: MappedTable) -> None:
        self.mapped = mapped
        self.table = mapped.table
        self.key = mapped.table.key
        self.key_type = mapped.table.type_of(self.key)
        self.version = mapped.version.version.encode()
        self.point = Point(self.key)
        self.begin = b'{"%b":[' % mapped.table.name.encode()

    def rows(self, page: Page) -> Rows:
        """A page as an answer."""
        if page.cursor is None:
            return Rows(b'%b%b],"next_cursor":null}' % (self.begin, page.rows), page.rows)
        cursor = str(page.cursor)
        return Rows(b'%b%b],"next_cursor":"%b"}' % (self.begin, page.rows, cursor.encode()), page.rows, cursor)

    def has(self, key: Value, work: Work) -> bool:
        """Whether there is a row with that key."""
        for shard in self.mapped.shards_of(key):
            with shard.reader() as reader:
                return self.point.rows(reader, work, key, 1)[0] > 0
        return False


class LookupRoutes:
    """The routes below /v1 of one snapshot, but for /v1/snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._tables = {name: _Table(mapped) for name, mapped in snapshot.tables.items()}

    def understand(self, method: bytes, segments: list[bytes], query: bytes, body: bytes) -> Lookup:
        """What a request asks for, by the segments of its path behind /v1. RefusedError if that is nothing."""
        try:
            name = parameters.text(segments[0])
            if len(segments) == 1 and name.endswith(BATCH):
                return self._batch(self._table(name.removesuffix(BATCH)), method, query, body)
            table = self._table(name)
            other = self._other(table, parameters.text(segments[2])) if len(segments) > 2 else None
            if len(segments) > 3:
                raise RefusedError(404, "there is nothing at this path; see /openapi.json")
            if method != b"GET":
                raise not_offered(method, "GET, HEAD")
            if len(segments) == 1:
                return self._page(table, query)
            key = _key(table, parameters.text(segments[1]))
            return self._of_key(table, key, other or table, query)
        except ValueError as error:
            raise RefusedError(422, str(error)) from None

    def _table(self, name: str) -> _Table:
        try:
            return self._tables[name]
        except KeyError:
            raise RefusedError(404, f"there is no table {name[:80]!r} here; see /openapi.json") from None

    def _other(self, table: _Table, name: str) -> _Table:
        other = self._table(name)
        if not related(table.table, other.table):
            raise RefusedError(404, f"{name} are not found by {table.key}; see /openapi.json")
        return other

    def _page(self, table: _Table, sent: bytes) -> Lookup:
        query = parameters.query(table.table, sent, {})

        def look_up() -> Rows:
            return table.rows(find(table.mapped, query, Work(MOST_WORK)))

        return Lookup(table.table, table.version, look_up)

    def _of_key(self, table: _Table, key: Value, other: _Table, sent: bytes) -> Lookup:
        """Rows of `other`, or of the table itself, if the table has the key."""
        query = parameters.query(other.table, sent, {table.key: key})

        def look_up() -> Rows:
            work = Work(MOST_WORK)
            page = find(other.mapped, query, work)
            if not page.count and not table.has(key, work):
                raise missing(table.table, key)
            return other.rows(page)

        version = table.version if other is table else b"%b-%b" % (table.version, other.version)
        return Lookup(other.table, version, look_up)

    def _batch(self, table: _Table, method: bytes, sent: bytes, body: bytes) -> Lookup:
        if method != b"POST":
            raise not_offered(method, "POST")
        if sent:
            raise ValueError(f"{sent[:80].decode('latin-1')!r}: there are no parameters here, but a body")
        asked = batches.asked(table.table, body)
        return Lookup(table.table, table.version, lambda: Rows(*batches.found(table.mapped, asked, Work(MOST_WORK))))


def missing(table: ServedTable, key: Value) -> RefusedError:
    """The refusal for want of a row with a key."""
    return RefusedError(404, f"there are no {table.name} with the {table.key} {str(key)[:80]!r}")


def related(table: ServedTable, other: ServedTable) -> bool:
    """Whether rows of `other`, another table, are found by the key of `table`."""
    key = table.key
    return other.name != table.name and key in other.by and table.type_of(key) == other.type_of(key)


def not_offered(method: bytes, allow: str) -> RefusedError:
    """The refusal of a method."""
    return RefusedError(405, f"{method.decode('latin-1')[:80]} is not offered here", allow)


def _key(table: _Table, sent: str) -> Value:
    if table.key_type == "string":
        return sent
    try:
        return from_text(table.key_type, sent)
    except ValueError as error:
        raise ValueError(f"{table.key}: {error}") from None
