"""What the handlers share: a request's parts, bodies, who calls, and how resources look from outside."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from localcloud.services.common import GoogleError, json_object
from localcloud.services.identity import caller
from localcloud.services.storage import buckets
from localcloud.services.storage.buckets import Bucket
from localcloud.services.storage.gzipped import unpacked
from localcloud.services.storage.objects import ObjectVersion
from localcloud.services.storage.permissions import Grant
from localcloud.services.storage.store import Store

JSON_PREFIX = "/storage/v1"
UPLOAD_PREFIX = "/upload/storage/v1"
DOWNLOAD_PREFIX = "/download/storage/v1"
BATCH_PREFIX = "/batch/storage/v1"
PREFIXES = (JSON_PREFIX, UPLOAD_PREFIX, DOWNLOAD_PREFIX, BATCH_PREFIX)


class RawPath:
    """Routes by the path as it was sent, so that a %2F within an object's name is not taken for a separator.

    Also takes paths without /storage/v1, /resumable/upload for /upload, and X-HTTP-Method-Override (Google's Java
    client sends PATCH as POST).
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["raw_path"].decode("ascii")
            if path == "/b" or path.startswith("/b/"):  # no bucket has so short a name: this is no XML request
                path = JSON_PREFIX + path
            elif path.startswith("/resumable/upload/"):
                path = path.removeprefix("/resumable")
            scope = dict(scope) | {"path": path}
            override = next((value for name, value in scope["headers"] if name == b"x-http-method-override"), None)
            if override is not None:
                scope["method"] = override.decode("ascii", "replace").upper()
        await self.app(scope, receive, send)


def decoded(segment: str) -> str:
    """A path segment's name. Errors: 400 if it is not percent-encoded UTF-8."""
    try:
        return unquote(segment, errors="strict")
    except UnicodeDecodeError as error:
        raise GoogleError(400, f"{segment!r} in the path is not valid UTF-8", "invalid") from error


async def body_stream(request: Request) -> AsyncIterator[bytes]:
    """A request's body in pieces, unpacked if it was sent with Content-Encoding: gzip."""
    if "gzip" not in request.headers.get("content-encoding", ""):
        async for chunk in request.stream():
            if chunk:
                yield chunk
        return
    try:
        async for chunk in unpacked(request.stream()):
            yield chunk
    except zlib.error as error:
        raise GoogleError(400, f"The request's body is not gzip as its header says: {error}", "badRequest") from error


async def json_body(request: Request) -> dict[str, Any]:
    """The JSON object in a request's body, as common.json_object."""
    return json_object(b"".join([chunk async for chunk in body_stream(request)]))


@dataclass(frozen=True)
class Call:
    """One request, read: who calls what with which parameters."""

    store: Store
    caller: str | None
    path: dict[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    base_url: str
    permissions_asked: list[str] = field(default_factory=list)
    body: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, request: Request, body: dict[str, Any] | None = None) -> Call:
        state = request.app.state
        return cls(
            store=state.store,
            caller=caller(request, state.cloud),
            path={name: decoded(value) for name, value in request.path_params.items()},
            query=request.query_params,
            headers=request.headers,
            base_url=f"{request.url.scheme}://{request.headers.get('host', request.url.netloc)}",
            permissions_asked=request.query_params.getlist("permissions"),
            body=body or {},
        )

    def flag(self, name: str) -> bool:
        return self.query.get(name, "").lower() == "true"

    def bucket(self, permission: str | None = None, name: str | None = None) -> tuple[Bucket, Grant]:
        """The bucket in the path, or the named one, and what the caller may do in it; 401, 403 without `permission`."""
        bucket = buckets.get(self.store, name or self.path["bucket"])
        grant = bucket.grant(self.caller)
        if permission is not None:
            grant.require(permission)
        return bucket, grant

    def bucket_resource(self, bucket: Bucket) -> dict[str, Any]:
        link = f"{self.base_url}{JSON_PREFIX}/b/{bucket.name}"
        return {"kind": "storage#bucket", "selfLink": link} | bucket.resource

    def object_resource(self, version: ObjectVersion) -> dict[str, Any]:
        path = f"{JSON_PREFIX}/b/{version.bucket}/o/{quote(version.name, safe='')}"
        links = {
            "kind": "storage#object",
            "id": f"{version.bucket}/{version.name}/{version.generation}",
            "selfLink": self.base_url + path,
            "mediaLink": f"{self.base_url}/download{path}?generation={version.generation}&alt=media",
        }
        return links | version.resource


Handler = Callable[[Call], dict[str, Any] | None]


def endpoint(handler: Handler) -> Callable[..., Any]:
    """An endpoint of the JSON API from a plain function: run in a thread, its dict sent as JSON, None as 204."""

    async def answer(request: Request) -> Response:
        body = await json_body(request) if request.method in ("POST", "PUT", "PATCH") else None
        result = await run_in_threadpool(handler, Call.of(request, body))
        return Response(status_code=204) if result is None else JSONResponse(result)

    return answer
