"""One cluster's API server: from an HTTP request to a verb on an object, and back."""

from __future__ import annotations

import asyncio
import copy
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from localcloud.services.common import GoogleError, disk_full
from localcloud.services.identity import caller
from localcloud.services.kubernetes.api import discovery, watch
from localcloud.services.kubernetes.api.errors import ApiError, bad_request
from localcloud.services.kubernetes.api.objects import MERGE_PATCH, Objects, Patch
from localcloud.services.kubernetes.api.requests import body_of, delete_options, is_dry_run, predicate
from localcloud.services.kubernetes.api.scale import scale_change, scale_of
from localcloud.services.kubernetes.api.store import Object
from localcloud.services.kubernetes.api.targets import Target, parse_target
from localcloud.settings import LocalCloud

log = logging.getLogger(__name__)
PUBLIC = {"/healthz", "/livez", "/readyz", "/version"}  # as for Kubernetes' system:public-info-viewer
Handler = Callable[[Request, Target], Awaitable[Response]]


class PodSubresources(Protocol):
    """What the node answers for its pods (the proxy also for Services)."""

    async def log(self, request: Request, target: Target) -> Response: ...
    async def evict(self, request: Request, target: Target) -> Response: ...
    async def proxy(self, request: Request, target: Target) -> Response: ...


class ApiServer:
    """ASGI application of one cluster; watches end once `closing` is set."""

    def __init__(self, cloud: LocalCloud, objects: Objects, pods: PodSubresources, closing: asyncio.Event) -> None:
        self.cloud, self.objects, self.store, self.closing = cloud, objects, objects.store, closing
        self._on_object = {"GET": self._get, "PUT": self._put, "PATCH": self._patch, "DELETE": self._delete}
        self._on_collection = {"GET": self._list, "POST": self._create, "DELETE": self._delete_collection}
        self._on_subresource: dict[str, Handler] = {
            "proxy": pods.proxy,
            "log": pods.log,
            "eviction": pods.evict,
            "scale": self._scale,
        }  # the others, status and finalize, are the object's own

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        try:
            response = await self.answer(request)
        except ApiError as error:
            response = JSONResponse(error.status(), error.code)
        except Exception as error:  # noqa: BLE001 - a caller gets an answer whatever happens
            response = JSONResponse(_internal_error(request, error).status(), 500)
        await response(scope, receive, send)

    async def answer(self, request: Request) -> Response:
        path = request.scope["path"]  # request.url's ends at a `?` that was written %3F
        if path in PUBLIC - {"/version"}:
            return PlainTextResponse("ok")
        if path not in PUBLIC:
            self._authenticate(request)
        document = discovery.document(path.rstrip("/"))
        if document is not None and request.method == "GET":
            return JSONResponse(document)
        target = parse_target(path)
        if target is None:
            raise ApiError(404, "NotFound", f"the server could not find the requested resource: {path}")
        return await self._handler(request, target)(request, target)

    def _authenticate(self, request: Request) -> None:
        try:
            email = caller(request, self.cloud)
        except GoogleError as error:
            raise ApiError(401, "Unauthorized", f"Unauthorized: {error.message}") from error
        if email is None:
            raise ApiError(401, "Unauthorized", "Unauthorized: send the bearer token of a service account")

    def _handler(self, request: Request, target: Target) -> Handler:
        if target.sub and target.sub not in target.resource.subresources:
            raise ApiError(404, "NotFound", f"{target.resource.key} have no subresource {target.sub!r} here")
        if target.sub in self._on_subresource:
            return self._on_subresource[target.sub]
        found = (self._on_object if target.name else self._on_collection).get(request.method)
        if found is None or (target.sub and request.method == "DELETE"):
            raise _not_allowed(request)
        return found

    async def _get(self, request: Request, target: Target) -> Response:
        return JSONResponse(self.store.require(*target.key))

    async def _list(self, request: Request, target: Target) -> Response:
        query = request.query_params
        matches = predicate(query)
        if query.get("watch") in {"true", "1"}:
            lines = watch.stream(self.store, target, matches, watch.read_options(query), self.closing)
            return StreamingResponse(lines, media_type="application/json")
        items = [obj for obj in self.store.list(target.resource.key, target.namespace) if matches(obj)]
        return self._listed(target, items)

    def _listed(self, target: Target, items: list[Object]) -> Response:
        listed = {"kind": f"{target.resource.kind}List", "apiVersion": target.resource.api_version}
        return JSONResponse({**listed, "metadata": {"resourceVersion": str(self.store.version)}, "items": items})

    async def _create(self, request: Request, target: Target) -> Response:
        body = await body_of(request)
        if target.resource.namespaced and not target.namespace:
            raise bad_request(f"{target.resource.key} are created in a namespace: POST to /namespaces/NAME/...")
        return JSONResponse(self.objects.create(target.resource, target.namespace, body, is_dry_run(request)), 201)

    async def _put(self, request: Request, target: Target) -> Response:
        body, dry_run = await body_of(request), is_dry_run(request)
        replace = self._finalize if target.sub == "finalize" else self.objects.replace
        return JSONResponse(replace(target, body, dry_run))

    def _finalize(self, target: Target, body: Any, dry_run: bool) -> Object:
        changed = copy.deepcopy(self.store.require("namespaces", "", target.name))
        changed["spec"]["finalizers"] = (body.get("spec") or {}).get("finalizers") or []
        if dry_run:
            return changed
        updated = self.store.update("namespaces", changed)
        return self.objects.finish_deletion("namespaces", updated) or updated

    async def _patch(self, request: Request, target: Target) -> Response:
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        patch = Patch(kind, await body_of(request), request.query_params.get("fieldManager", ""))
        is_new = self.store.get(*target.key) is None
        return JSONResponse(self.objects.patch(target, patch, is_dry_run(request)), 201 if is_new else 200)

    async def _delete(self, request: Request, target: Target) -> Response:
        options = await delete_options(request)
        obj, gone = self.objects.delete(target.resource, target.namespace, target.name, options)
        if not gone or target.resource.key == "pods":
            return JSONResponse(obj)
        details = {"name": target.name, "kind": target.resource.plural, "uid": obj["metadata"]["uid"]}
        status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}
        return JSONResponse(status)

    async def _delete_collection(self, request: Request, target: Target) -> Response:
        options = await delete_options(request)
        matches = predicate(request.query_params)
        found = [obj for obj in self.store.list(target.resource.key, target.namespace) if matches(obj)]
        for obj in found:
            metadata = obj["metadata"]
            self.objects.delete(target.resource, metadata.get("namespace", ""), metadata["name"], options)
        return self._listed(target, found)

    async def _scale(self, request: Request, target: Target) -> Response:
        live = self.store.require(*target.key)
        if request.method not in {"GET", "PUT", "PATCH"}:
            raise _not_allowed(request)
        if request.method != "GET":
            change = scale_change(request.method, await body_of(request))
            scaled = Target(target.resource, target.namespace, target.name)
            live = self.objects.patch(scaled, Patch(MERGE_PATCH, change), is_dry_run(request))
        return JSONResponse(scale_of(live))


def _internal_error(request: Request, error: Exception) -> ApiError:
    """A full disk is a 500 too, as with an etcd that is full: Kubernetes' clients do not repeat it, as Google's do."""
    full = disk_full(error)
    if full is None:
        log.exception("%s %s failed", request.method, request.url.path)
    return ApiError(500, "InternalError", full.message if full else "an error on the server: see its log")


def _not_allowed(request: Request) -> ApiError:
    return ApiError(405, "MethodNotAllowed", f"{request.method} is not allowed on {request.url.path}")
