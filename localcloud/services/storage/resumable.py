"""Resumable uploads: sessions that take an object's bytes in pieces and survive a restart of the service.

Source: https://cloud.google.com/storage/docs/performing-resumable-uploads. What a session has received is the length of
its content file; a piece that isn't the last has 256 KiB at least, and counts in multiples of them.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from sqlite3 import Connection
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from localcloud.services.common import CLIENT_CLOSED_REQUEST, GoogleError
from localcloud.services.storage import objects
from localcloud.services.storage.content import ContentWriter, announced_hashes, check_hashes, save
from localcloud.services.storage.http import StorageCall, body_stream
from localcloud.services.storage.objects import ObjectVersion
from localcloud.services.storage.preconditions import Preconditions
from localcloud.services.storage.store import Store

CHUNK_BYTES = 256 * 1024
CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")


class SmallPieceError(GoogleError):
    """A piece of so many bytes that is not the last. The words are Google's, which its client's own suite holds it to
    (google-cloud-storage 3.10, tests/resumable_media/system/requests/test_upload.py).
    """

    def __init__(self, size: int) -> None:
        message = (
            f"Invalid request.  The number of bytes uploaded is required to be equal or greater than {CHUNK_BYTES}, "
            f"except for the final request (it's recommended to be the exact multiple of {CHUNK_BYTES}).  The received "
            f"request contained {size} bytes, which does not meet this requirement."
        )
        super().__init__(400, message, "badRequest")


@dataclass
class Session:
    """One upload in progress. Its row holds {"fields", "preconditions", "caller"}, and "generation" when done."""

    id: str
    bucket: str
    name: str
    state: dict[str, Any]
    writer: ContentWriter
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Sessions:
    """Open sessions with their running checksums; one that is not in memory is taken up again from disk."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: dict[str, Session] = {}
        self._loading = asyncio.Lock()

    @asynccontextmanager
    async def alone(self, bucket: str, upload_id: str) -> AsyncIterator[Session]:
        """A session for one request at a time. One that ended while this request waited for it is read anew."""
        while True:
            session = await self._get(bucket, upload_id)
            async with session.lock:
                if self._open.get(upload_id) is session:
                    yield session
                    return

    async def _get(self, bucket: str, upload_id: str) -> Session:
        async with self._loading:  # a session must not be read from the disk while another request writes to it
            if upload_id not in self._open:
                self._open[upload_id] = await run_in_threadpool(self._load, upload_id)
            session = self._open[upload_id]
        if session.bucket != bucket:
            raise _unknown(upload_id)
        return session

    def _load(self, upload_id: str) -> Session:
        row = self._store.row("SELECT bucket, name, state FROM uploads WHERE id = ?", upload_id)
        if row is None or "fields" not in json.loads(row[2]):
            raise _unknown(upload_id)
        session = Session(upload_id, row[0], row[1], json.loads(row[2]), ContentWriter(self._store, upload_id, 0))
        if "generation" not in session.state:
            session.writer.reread()
            session.writer.cut(session.writer.size - session.writer.size % CHUNK_BYTES)
        return session

    def forget(self, upload_id: str) -> None:
        self._open.pop(upload_id, None)


def _unknown(upload_id: str) -> GoogleError:
    return GoogleError(404, f"No such upload: {upload_id} (cancelled, expired, or never begun)", "notFound")


def begin(call: StorageCall, fields: dict[str, Any]) -> str:
    """Begin a session; its id. Preconditions are checked now, to refuse early, and again when the object is added."""
    name = str(fields.get("name", ""))
    bucket, grant = call.bucket("storage.objects.create", of=name)
    objects.check_name(name)
    preconditions = call.preconditions
    current = objects.find(call.store, bucket.name, name)
    preconditions.check(current)
    if current is not None:
        grant.require("storage.objects.delete")
    announced_hashes({}, fields)
    upload_id = call.store.new_content_id()
    # The session's URL is its key, as in Google's: whoever has it continues for the caller who began.
    state = {"fields": fields, "preconditions": preconditions.as_parameters(), "caller": call.caller}
    with call.store.transaction() as connection:
        row = (upload_id, bucket.name, name, int(time.time()), json.dumps(state))
        connection.execute("INSERT INTO uploads VALUES (?, ?, ?, ?, ?)", row)
    return upload_id


async def cancel(call: StorageCall) -> Response:
    """DELETE of a session: its bytes are removed. One that is done stays."""
    sessions: Sessions = call.request.app.state.sessions
    async with sessions.alone(call.path["bucket"], call.query.get("upload_id", "")) as session:
        if "generation" not in session.state:
            await run_in_threadpool(_remove, call.store, session)
        sessions.forget(session.id)
    return Response(status_code=CLIENT_CLOSED_REQUEST)  # Google's answer


def _remove(store: Store, session: Session) -> None:
    with store.transaction() as connection:
        connection.execute("DELETE FROM uploads WHERE id = ?", (session.id,))
    session.writer.abandon()


async def receive(call: StorageCall) -> dict[str, Any] | Response:
    """PUT to a session: a piece, all the rest, or (`bytes */...`) the question how much has arrived."""
    sessions: Sessions = call.request.app.state.sessions
    async with sessions.alone(call.path["bucket"], call.query["upload_id"]) as session:
        if "generation" in session.state:
            sessions.forget(session.id)
            return await run_in_threadpool(_finished, call, session)
        try:
            complete = await _take(call.request, session)
        except Exception:  # a client that left, a wrong piece, a full disk: what has arrived stays
            await run_in_threadpool(_keep_whole_chunks, session)
            raise
        if not complete:
            await run_in_threadpool(_keep_whole_chunks, session)
            received = {"range": f"bytes=0-{session.writer.size - 1}"} if session.writer.size else {}
            return Response(status_code=308, headers=received | {"x-guploader-uploadid": session.id})
        try:
            return await run_in_threadpool(_finish, call, session)
        finally:
            sessions.forget(session.id)


async def _take(request: Request, session: Session) -> bool:
    """Write what a request brings; True if the object is complete with it. A piece that was too small ends it all."""
    if "refused" in session.state:
        raise SmallPieceError(session.state["refused"])
    header = request.headers.get("content-range")
    if header is None:
        await run_in_threadpool(session.writer.cut, 0)
        await _write(request, session)
        return True
    match = CONTENT_RANGE.fullmatch(header)
    if match is None:
        raise GoogleError(400, f"Invalid Content-Range {header!r}", "invalid")
    total = None if match[3] == "*" else int(match[3])
    known = session.state.setdefault("total", total) if total is not None else session.state.get("total")
    if total is not None and total != known:
        raise GoogleError(400, f"Invalid Content-Range {header!r}: the upload's size was given as {known}", "invalid")
    if match[1] is not None:
        await _append(request, session, int(match[1]), int(match[2]), known)
    return known is not None and session.writer.size == known


async def _append(request: Request, session: Session, first: int, last: int, total: int | None) -> None:
    received = session.writer.size
    if first > received or last < first or (total is not None and last >= total):
        message = f"Invalid Content-Range: bytes {first}-{last} of {total} do not follow the {received} received"
        raise GoogleError(400, message, "invalid")
    if last - first + 1 < CHUNK_BYTES and (total is None or last + 1 < total):
        session.state["refused"] = last - first + 1
        raise SmallPieceError(session.state["refused"])
    await run_in_threadpool(session.writer.cut, first)  # bytes sent again replace what came of them before
    await _write(request, session)
    if session.writer.size > last + 1:
        await run_in_threadpool(session.writer.cut, first)
        raise GoogleError(400, f"The body is longer than bytes {first}-{last} of its Content-Range", "invalid")


async def _write(request: Request, session: Session) -> None:
    rest = await save(body_stream(request), session.writer)
    await run_in_threadpool(session.writer.write, rest)


def _keep_whole_chunks(session: Session) -> None:
    """Until the next request; it opens the file again, for a client may have begun thousands of uploads."""
    session.writer.cut(session.writer.size - session.writer.size % CHUNK_BYTES)
    session.writer.close()


def _finish(call: StorageCall, session: Session) -> dict[str, Any]:
    """Add the object and mark the session done in one transaction; a refusal ends the session."""
    state = session.state
    content = session.writer.finish()

    def done(connection: Connection, version: ObjectVersion) -> list[str | None]:
        after = json.dumps(state | {"generation": version.generation})
        connection.execute("UPDATE uploads SET state = ? WHERE id = ?", (after, session.id))
        return []

    try:
        check_hashes(content, *announced_hashes(call.headers, state["fields"]))
        bucket, _ = call.bucket()
        grant = bucket.grant(state["caller"]).of(session.name)
        grant.require("storage.objects.create")
        preconditions = Preconditions.of(state["preconditions"])
        version = objects.add(
            call.store, grant, bucket.name, session.name, state["fields"], content, preconditions, done
        )
    except BaseException:
        _remove(call.store, session)
        raise
    session.state = state | {"generation": version.generation}
    return call.object_resource(version)


def _finished(call: StorageCall, session: Session) -> dict[str, Any]:
    """The object a finished session made: for a client that lost the answer."""
    return call.object_resource(objects.get(call.store, session.bucket, session.name, session.state["generation"]))
