"""What the handlers share: a request's parts, bodies, who calls, and how resources look from outside."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import cached_property
from typing import Any
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from localcloud.services.common import GoogleError
from localcloud.services.dispatch import Call
from localcloud.services.storage import buckets, customer_keys, retention, times
from localcloud.services.storage.buckets import Bucket
from localcloud.services.storage.gzipped import unpacked
from localcloud.services.storage.objects import ObjectVersion
from localcloud.services.storage.permissions import Grant
from localcloud.services.storage.preconditions import Preconditions
from localcloud.services.storage.store import Store
from localcloud.settings import OWNER

JSON_PREFIX = "/storage/v1"
UPLOAD_PREFIX = "/upload/storage/v1"
DOWNLOAD_PREFIX = "/download/storage/v1"
BATCH_PREFIX = "/batch/storage/v1"
ROOTS = tuple(f"{prefix}/" for prefix in (JSON_PREFIX, UPLOAD_PREFIX, DOWNLOAD_PREFIX, BATCH_PREFIX))
XML_PRECONDITIONS = {
    "x-goog-if-generation-match": "ifGenerationMatch",
    "x-goog-if-metageneration-match": "ifMetagenerationMatch",
}


class RawPath:
    """Takes paths without /storage/v1, /resumable/upload for /upload, and X-HTTP-Method-Override (Google's Java
    client sends PATCH as POST).
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"]
            if path == "/b" or path.startswith("/b/"):  # no bucket has so short a name: this is no XML request
                path = JSON_PREFIX + path
            elif path.startswith("/resumable/upload/"):
                path = path.removeprefix("/resumable")
            scope = dict(scope) | {"path": path}
            override = next((value for name, value in scope["headers"] if name == b"x-http-method-override"), None)
            if override is not None:
                scope["method"] = override.decode("ascii", "replace").upper()
        await self.app(scope, receive, send)


def in_json_api(request: Request) -> bool:
    """Whether a request is one of the JSON API; the XML API has the bare paths."""
    return f"{request.scope['path']}/".startswith(ROOTS)


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


class StorageCall(Call):
    """One request: a name in its path is one segment, percent-encoded; its body may be packed."""

    @staticmethod
    async def read(request: Request) -> bytes:
        return b"".join([chunk async for chunk in body_stream(request)])

    @property
    def path(self) -> dict[str, str]:
        return {name: decoded(value) for name, value in self.request.path_params.items()}

    @property
    def store(self) -> Store:
        return self.request.app.state.store

    @cached_property
    def _buckets(self) -> dict[str, Bucket]:
        return {}

    @cached_property
    def base_url(self) -> str:
        url = self.request.url
        return f"{url.scheme}://{self.headers.get('host', url.netloc)}"

    @property
    def xml(self) -> bool:
        """Whether this is a call of the XML API."""
        return not in_json_api(self.request)

    @property
    def pays(self) -> str | None:
        """The project that the caller has pay for this request."""
        return self.query.get("userProject") or self.headers.get("x-goog-user-project")

    @property
    def preconditions(self) -> Preconditions:
        """Those of the query, and in the XML API those of headers."""
        given = dict(self.query)
        if self.xml:
            given |= {name: self.headers[key] for key, name in XML_PRECONDITIONS.items() if key in self.headers}
            if self.request.method in ("PUT", "POST") and self.headers.get("if-none-match") == "*":
                given["ifGenerationMatch"] = "0"
        return Preconditions.of(given)

    def keys_of_copy(self, *, move: bool = False) -> tuple[dict[str, str] | None, dict[str, str] | None]:
        """The customer's keys of a copy's source and of the copy; a move takes the object's own along."""
        if move:
            return None, None
        return customer_keys.given(self.headers, customer_keys.SOURCE_HEADERS), customer_keys.given(self.headers)

    def bucket(
        self, permission: str | None = None, name: str | None = None, *, of: str | None = None
    ) -> tuple[Bucket, Grant]:
        """The bucket in the path, or the named one, and what the caller may do in it; 401, 403 without `permission`.

        That is with an object of it: the one in the path, if no other is told.
        """
        bucket = self._bucket_of(name or self.path["bucket"])
        found = of if of is not None else self.path.get("object")
        grant = replace(bucket.grant(self.caller), object=found, prefix=self.query.get("prefix", ""))
        if bucket.requester_pays and self.caller != OWNER and not self.pays:
            message = "Bucket is a requester pays bucket but no user project provided."
            raise GoogleError(400, message, "required")
        if permission is not None:
            grant.require(permission)
        return bucket, grant

    def bucket_resource(self, bucket: Bucket) -> dict[str, Any]:
        link = f"{self.base_url}{JSON_PREFIX}/b/{bucket.name}"
        return {"kind": "storage#bucket", "selfLink": link} | bucket.resource

    def _bucket_of(self, name: str) -> Bucket:
        """A bucket that was looked up for this request, or is now."""
        if name not in self._buckets:
            self._buckets[name] = buckets.get(self.store, name)
        return self._buckets[name]

    def object_resource(self, version: ObjectVersion) -> dict[str, Any]:
        path = f"{JSON_PREFIX}/b/{version.bucket}/o/{quote(version.name, safe='')}"
        links = {
            "kind": "storage#object",
            "id": f"{version.bucket}/{version.name}/{version.generation}",
            "selfLink": self.base_url + path,
            "mediaLink": f"{self.base_url}/download{path}?generation={version.generation}&alt=media",
        }
        resource = links | customer_keys.described(version, self.headers)
        until = retention.expiration(self._bucket_of(version.bucket).resource, version.resource)
        return resource | ({"retentionExpirationTime": times.as_text(until.timestamp())} if until else {})
