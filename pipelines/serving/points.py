"""What is asked most, without detours: the rows of one key, as JSON, with no parameters."""

from __future__ import annotations

from pipelines.serving import parameters, representations
from pipelines.serving.http.messages import JSON, Answer, Request
from pipelines.serving.http.rendering import rendered_head
from pipelines.serving.lookup_routes import MOST_WORK, missing
from pipelines.serving.parameters import DEFAULT_LIMIT
from pipelines.serving.representations import ARROW, FORMS, GZIP_ENCODING, PACKED_FROM, PLAIN
from pipelines.serving.search import Point
from pipelines.serving.snapshot import MappedTable, Snapshot, Work
from pipelines.serving.values import Value, from_text

QUICKLY_PACKED = 16 << 10
"""Bytes. To pack so much takes no longer than to hand it to a thread."""


class Points:
    """The tables of one snapshot by the beginning of their paths."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._tables = {b"/v1/%b" % name.encode(): _Table(mapped) for name, mapped in snapshot.tables.items()}

    def answer(self, request: Request) -> Answer | None:
        """The answer; None if something else is asked for, or it takes longer. RefusedError if there is no such row."""
        path, _, sent = request.target.rpartition(b"/")
        table = self._tables.get(path)
        headers = request.headers
        if table is None or b"?" in sent or request.method != b"GET" or b"if-none-match" in headers:
            return None
        form = representations.form(headers.get(b"accept"), headers.get(b"accept-encoding"))
        if form is None or form == ARROW:
            return None
        body = table.body(sent)
        if body is None:
            return None
        if form == PLAIN or len(body) < PACKED_FROM:
            return Answer(200, body, JSON, table.headers[form], True, table.heads[form])
        if len(body) > QUICKLY_PACKED:
            return None
        return Answer(200, representations.packed(body), JSON, (*table.headers[form], GZIP_ENCODING), True)


class _Table:
    def __init__(self, mapped: MappedTable) -> None:
        self._mapped = mapped
        self._type = mapped.table.type_of(mapped.table.key)
        self._point = Point(mapped.table.key)
        self._begin = b'{"%b":[' % mapped.table.name.encode()
        version = mapped.version.version.encode()
        self.headers = {form: representations.tagged(representations.etag(version, form)) for form in FORMS}
        self.heads = {form: rendered_head(JSON, headers) for form, headers in self.headers.items()}
        self._work = Work(MOST_WORK)
        self._only = mapped.shards[0].own if len(mapped.shards) == 1 else None

    def body(self, sent: bytes) -> bytes | None:
        key = self._key(sent)
        if key is None:
            return None
        self._work.left = MOST_WORK
        reader = self._only or self._mapped.shards_of(key)[0].own
        count, rows = self._point.rows(reader, self._work, key, DEFAULT_LIMIT)
        if count == DEFAULT_LIMIT:
            return None
        if rows is None:
            raise missing(self._mapped.table, key)
        return b'%b%b],"next_cursor":null}' % (self._begin, rows)

    def _key(self, sent: bytes) -> Value | None:
        try:
            if self._type == "string" and b"%" not in sent:
                return sent.decode("ascii")  # what a request line has
            text = parameters.text(sent)
            return text if self._type == "string" else from_text(self._type, text)
        except ValueError:
            return None
