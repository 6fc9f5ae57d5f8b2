"""The HTTP interface of a replica: health, readiness, metrics, and lookups of whatever tables the snapshot has."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import cached_property

import orjson
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from pipelines.serving import openapi, representations
from pipelines.serving.http.messages import OVERLOADED, Answer, Handler, Request
from pipelines.serving.lookup_routes import Lookup, LookupRoutes, RefusedError, Rows, not_offered
from pipelines.serving.overload.pool import Pool
from pipelines.serving.points import Points
from pipelines.serving.refresh import Refresher
from pipelines.serving.snapshot import Snapshot, TooMuchWorkError

log = logging.getLogger(__name__)


def make_handler(refresher: Refresher, pool: Pool, draining: Callable[[], bool]) -> Handler:
    """What answers requests from the snapshot at hand; in `pool`, unless it takes a moment only.

    While `draining` it answers, but is not ready.
    """
    return _Routes(refresher, pool, draining).answer


class _Served:
    """A snapshot, and what is made of it once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.points = Points(snapshot)
        self.lookups = LookupRoutes(snapshot)

    @cached_property
    def description(self) -> bytes:
        """The OpenAPI document."""
        return orjson.dumps(openapi.description(self.snapshot))


class _Routes:
    def __init__(self, refresher: Refresher, pool: Pool, draining: Callable[[], bool]) -> None:
        self._refresher = refresher
        self._pool = pool
        self._draining = draining
        self._served: _Served | None = None
        self._operations = {
            b"/healthz": self._health,
            b"/readyz": self._ready,
            b"/metrics": self._metrics,
            b"/openapi.json": self._openapi,
            b"/v1/snapshot": self._snapshot,
        }

    def answer(self, request: Request) -> Answer | Awaitable[Answer]:
        """The answer; at once if it takes a moment only."""
        served = self._served
        if served is None or served.snapshot is not self._refresher.snapshot:
            served = self._swap()
        try:
            return (served and served.points.answer(request)) or self._route(request, served)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is an answer
            return _failure(request, error)

    def _swap(self) -> _Served | None:
        snapshot = self._refresher.snapshot
        self._served = None if snapshot is None else _Served(snapshot)
        return self._served

    def _route(self, request: Request, served: _Served | None) -> Answer | Awaitable[Answer]:
        path, _, query = request.target.partition(b"?")
        if (operation := self._operations.get(path)) is not None:
            if request.method != b"GET":
                raise not_offered(request.method, "GET, HEAD")
            return operation()
        if not path.startswith(b"/v1/"):
            raise RefusedError(404, "there is nothing at this path; see /openapi.json")
        served = self._have(served)
        lookup = served.lookups.understand(request.method, path.split(b"/")[2:], query, request.body)
        headers = request.headers
        form = representations.form(headers.get(b"accept"), headers.get(b"accept-encoding"))
        if form is None:
            raise RefusedError(406, "rows are application/json or application/vnd.apache.arrow.stream")
        tag = representations.etag(lookup.version, form)
        known = headers.get(b"if-none-match") if request.method == b"GET" else None
        if known is not None and representations.names(known, tag):
            return representations.not_modified(tag)  # without looking: it was found under this tag
        return self._later(request, known, lambda: _finished(lookup.look_up(), lookup, form, tag))

    def _later(self, request: Request, known: bytes | None, finish: Callable[[], Answer]) -> Answer | Awaitable[Answer]:
        """An answer that a thread makes."""
        submitted = self._pool.submit(finish)
        if submitted is None:
            return OVERLOADED

        async def answer() -> Answer:
            try:
                return representations.unless_known(await submitted, known)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is an answer
                return _failure(request, error)

        return answer()

    def _have(self, served: _Served | None) -> _Served:
        if served is None:
            raise RefusedError(503, self._refresher.why_none)
        return served

    def _health(self) -> Answer:
        return _json({"status": "ok"})

    def _ready(self) -> Answer:
        if self._draining():
            raise RefusedError(503, "this replica is about to stop")
        return _json({"status": "ok", "snapshot_id": self._have(self._served).snapshot.snapshot_id})

    def _metrics(self) -> Answer:
        return Answer(200, generate_latest(), CONTENT_TYPE_LATEST.encode())

    def _openapi(self) -> Answer:
        return Answer(200, self._have(self._served).description)

    def _snapshot(self) -> Answer:
        snapshot = self._have(self._served).snapshot
        tables = {
            name: {"rows": mapped.version.rows, "version": mapped.version.version}
            for name, mapped in snapshot.tables.items()
        }
        return _json({"snapshot_id": snapshot.snapshot_id, "created_at": snapshot.created_at, "tables": tables})


def _finished(rows: Rows, lookup: Lookup, form: bytes, tag: bytes) -> Answer:
    headers = representations.tagged(tag)
    if form == representations.ARROW:
        # Not above: a replica whose callers all take JSON does without.
        from pipelines.serving import arrow

        cursor = ((b"x-next-cursor", rows.cursor.encode()),) if rows.cursor else ()
        body = arrow.stream(lookup.table, rows.rows)
        return Answer(200, body, representations.ARROW_TYPE, (*headers, *cursor))
    if form == representations.PACKED and len(rows.body) >= representations.PACKED_FROM:
        return Answer(200, representations.packed(rows.body), headers=(*headers, representations.GZIP_ENCODING))
    return Answer(200, rows.body, headers=headers)


def _json(content: object, status: int = 200, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Answer:
    return Answer(status, orjson.dumps(content), headers=headers)


def _failure(request: Request, error: Exception) -> Answer:
    """The answer to a request that got none, and why."""
    if isinstance(error, RefusedError):
        return _json({"detail": str(error)}, error.status, ((b"allow", error.allow.encode()),) if error.allow else ())
    if isinstance(error, TooMuchWorkError):
        detail = "this asks to look at too many rows; narrow it, by a key or by a shorter time"
        return _json({"detail": detail}, 422)
    log.error("%s %s failed", request.method.decode("latin-1"), request.target.decode("latin-1"), exc_info=error)
    return _json({"detail": "this replica failed; its log says why"}, 500)
