"""One cluster's API server: from an HTTP request to a verb on an object, and back."""

from __future__ import annotations

import asyncio
import copy
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from localcloud.services.common import GoogleError, disk_full
from localcloud.services.identity import caller
from localcloud.services.kubernetes.api import deletions, discovery, not_offered, watch
from localcloud.services.kubernetes.api.answers import Form, form_of
from localcloud.services.kubernetes.api.errors import ApiError, bad_request
from localcloud.services.kubernetes.api.listing import listed, require_reached
from localcloud.services.kubernetes.api.objects import PATCH_TYPES, Objects, Patch
from localcloud.services.kubernetes.api.patches import MERGE_PATCH
from localcloud.services.kubernetes.api.requests import MEDIA, delete_options, predicate, read_body, whole_number
from localcloud.services.kubernetes.api.scale import patched_scale, scale_change, scale_of
from localcloud.services.kubernetes.api.store import Object
from localcloud.services.kubernetes.api.targets import Target, parse_target
from localcloud.services.kubernetes.api.writes import Write, read_write
from localcloud.settings import LocalCloud

log = logging.getLogger(__name__)
PUBLIC = {"/healthz", "/livez", "/readyz", "/version"}  # as for Kubernetes' system:public-info-viewer
NOT_OFFERED = {"attach", "binding", "ephemeralcontainers", "exec", "portforward", "resize", "token"}
METHODS = {"eviction": {"POST"}, "log": {"GET"}, "scale": {"GET", "PUT", "PATCH"}}  # of subresources
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
            response = Form().answer(error.status(), error.code)
        except Exception as error:  # noqa: BLE001 - a caller gets an answer whatever happens
            response = Form().answer(_internal_error(request, error).status(), 500)
        await response(scope, receive, send)

    async def answer(self, request: Request) -> Response:
        path = request.scope["path"]  # request.url's ends at a `?` that was written %3F
        if path in PUBLIC - {"/version"}:
            return PlainTextResponse("ok")
        if path not in PUBLIC:
            self._authenticate(request)
        document = discovery.document(path.rstrip("/"))
        if document is not None and request.method == "GET":
            return form_of(request).answer(document)
        target = parse_target(path)
        if target is None:
            raise not_offered.refusal(path)
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
            if target.sub in NOT_OFFERED:
                raise not_offered.subresource(target.resource.key, target.sub)
            raise not_offered.refusal(request.scope["path"])
        if target.sub in self._on_subresource:
            if request.method not in METHODS.get(target.sub, {request.method}):
                raise _not_allowed(request)
            return self._on_subresource[target.sub]
        found = (self._on_object if target.name else self._on_collection).get(request.method)
        if found is None or (target.sub and request.method == "DELETE"):
            raise _not_allowed(request)
        return found

    async def _get(self, request: Request, target: Target) -> Response:
        require_reached(self.store, whole_number(request.query_params, "resourceVersion"))
        return form_of(request).answer(self.store.require(*target.key))

    async def _list(self, request: Request, target: Target) -> Response:
        query, form = request.query_params, form_of(request)
        if query.get("watch") in {"true", "1"}:
            matches, options = predicate(query, target.resource.key), watch.read_options(query)
            lines = watch.stream(self.store, target, matches, options, self.closing, form)
            return StreamingResponse(lines, media_type="application/json")
        return form.answer(listed(self.store, target, query))

    async def _create(self, request: Request, target: Target) -> Response:
        form, (body, write) = form_of(request), await self._read(request, target)
        if target.resource.namespaced and not target.namespace:
            raise bad_request(f"{target.resource.key} are created in a namespace: POST to /namespaces/NAME/...")
        return form.answer(self.objects.create(target.resource, target.namespace, body, write), 201, write.warnings)

    async def _put(self, request: Request, target: Target) -> Response:
        form, (body, write) = form_of(request), await self._read(request, target)
        is_new = self.store.get(*target.key) is None
        replace = self._finalize if target.sub == "finalize" else self.objects.replace
        return form.answer(replace(target, body, write), 201 if is_new else 200, write.warnings)

    def _finalize(self, target: Target, body: Any, write: Write) -> Object:
        changed = copy.deepcopy(self.store.require("namespaces", "", target.name))
        if not isinstance(body, dict) or not isinstance(body.get("spec") or {}, dict):
            raise bad_request("the body is not an object of kind Namespace")
        changed["spec"]["finalizers"] = (body.get("spec") or {}).get("finalizers") or []
        return changed if write.dry_run else self.objects.settle("namespaces", changed)

    async def _patch(self, request: Request, target: Target) -> Response:
        form, (body, write) = form_of(request), await self._read(request, target, PATCH_TYPES)
        is_new = self.store.get(*target.key) is None
        changed = self.objects.patch(target, Patch(_media(request), body), write)
        return form.answer(changed, 201 if is_new else 200, write.warnings)

    async def _delete(self, request: Request, target: Target) -> Response:
        form, options = form_of(request), await delete_options(request)
        obj, gone = self.objects.delete(target.resource, target.namespace, target.name, options)
        return form.answer(deletions.answer(target.resource, obj) if gone else obj)

    async def _delete_collection(self, request: Request, target: Target) -> Response:
        form, options = form_of(request), await delete_options(request)
        found = listed(self.store, target, request.query_params)
        for obj in found["items"]:
            metadata = obj["metadata"]
            self.objects.delete(target.resource, metadata.get("namespace", ""), metadata["name"], options)
        return form.answer(found)

    async def _scale(self, request: Request, target: Target) -> Response:
        form, live = form_of(request), self.store.require(*target.key)
        warnings: list[str] = []
        if request.method != "GET":
            media = PATCH_TYPES if request.method == "PATCH" else MEDIA
            body, write = await self._read(request, target, media)
            scaled = Target(target.resource, target.namespace, target.name)
            wanted = patched_scale(live, _media(request), body) if request.method == "PATCH" else body
            live = self.objects.patch(scaled, Patch(MERGE_PATCH, scale_change(wanted)), write)
            warnings = write.warnings
        return form.answer(scale_of(live), 200, warnings)

    async def _read(self, request: Request, target: Target, media: tuple[str, ...] = MEDIA) -> tuple[Any, Write]:
        body, problems = await read_body(request, media)
        return body, read_write(request, target, problems)


def _media(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip()


def _internal_error(request: Request, error: Exception) -> ApiError:
    """A full disk is a 500 too, as with an etcd that is full: Kubernetes' clients do not repeat it, as Google's do."""
    full = disk_full(error)
    if full is None:
        log.exception("%s %s failed", request.method, request.url.path)
    return ApiError(500, "InternalError", full.message if full else "an error on the server: see its log")


def _not_allowed(request: Request) -> ApiError:
    return ApiError(405, "MethodNotAllowed", f"{request.method} is not allowed on {request.url.path}")
