"""One cluster's API server: from an HTTP request to a verb on an object, and back."""

from __future__ import annotations

import asyncio
import copy
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import yaml
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from localcloud.services.common import GoogleError
from localcloud.services.identity import caller
from localcloud.services.kubernetes.api import discovery, watch
from localcloud.services.kubernetes.api.discovery import Resource
from localcloud.services.kubernetes.api.errors import ApiError, bad_request
from localcloud.services.kubernetes.api.objects import MERGE_PATCH, Objects
from localcloud.services.kubernetes.api.pod_api import PodApi
from localcloud.services.kubernetes.api.selectors import Predicate, field_predicate, label_predicate
from localcloud.settings import LocalCloud

log = logging.getLogger(__name__)
PUBLIC = {"/healthz", "/livez", "/readyz", "/version"}  # as for Kubernetes' system:public-info-viewer


@dataclass(frozen=True)
class Target:
    """What a path names: a collection (name ""), an object, or a subresource with the path behind it."""

    resource: Resource
    namespace: str = ""
    name: str = ""
    sub: str = ""
    rest: str = ""


def parse_target(path: str) -> Target | None:
    """The target of an object path; None if the path is none."""
    parts = path.strip("/").split("/")
    if parts[:2] == ["api", "v1"]:
        group, version, parts = "", "v1", parts[2:]
    elif parts[0] == "apis" and len(parts) > 3:
        group, version, parts = parts[1], parts[2], parts[3:]
    else:
        return None
    namespace = ""
    if parts[:1] == ["namespaces"] and len(parts) > 2 and parts[2] not in {"status", "finalize"}:
        namespace, parts = parts[1], parts[2:]
    resource = discovery.find(group, version, parts[0]) if parts else None
    if resource is None or (namespace and not resource.namespaced):
        return None
    rest = "/".join(parts[3:]) + ("/" if path.endswith("/") and len(parts) > 3 else "")
    name, sub = [*parts[1:3], "", ""][:2]
    return Target(resource, namespace, name, sub, rest)


class ApiServer:
    """ASGI application of one cluster."""

    def __init__(self, cloud: LocalCloud, objects: Objects, pods: PodApi) -> None:
        self.cloud, self.objects, self.pods = cloud, objects, pods
        self.closing = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        try:
            response = await self.answer(request)
        except ApiError as error:
            response = JSONResponse(error.status(), error.code)
        except Exception:
            log.exception("%s %s failed", request.method, request.url.path)
            error = ApiError(500, "InternalError", "an error on the server: see its log")
            response = JSONResponse(error.status(), 500)
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

    def _handler(self, request: Request, target: Target) -> Callable[[Request, Target], Awaitable[Response]]:
        method = request.method
        if target.sub and target.sub not in target.resource.subresources:
            raise ApiError(404, "NotFound", f"{target.resource.key} have no subresource {target.sub!r} here")
        special: dict[str, Callable[[Request, Target], Awaitable[Response]]] = {
            "proxy": self._proxy, "log": self._log, "eviction": self._evict, "scale": self._scale,
        }  # fmt: skip
        if target.sub in special:
            return special[target.sub]
        on_object = {"GET": self._get, "PUT": self._put, "PATCH": self._patch, "DELETE": self._delete}
        on_collection = {"GET": self._list, "POST": self._create, "DELETE": self._delete_collection}
        found = (on_object if target.name else on_collection).get(method)
        if found is None or (target.sub and method == "DELETE"):
            raise ApiError(405, "MethodNotAllowed", f"{method} is not allowed on {request.url.path}")
        return found

    async def _get(self, request: Request, target: Target) -> Response:
        return JSONResponse(self.objects.store.require(target.resource.key, target.namespace, target.name))

    async def _list(self, request: Request, target: Target) -> Response:
        query = dict(request.query_params)
        matches = _predicate(query)
        resource, store = target.resource, self.objects.store
        if query.get("watch") in {"true", "1"}:
            options = watch.read_options(query)
            lines = watch.stream(store, resource, target.namespace, matches, options, self.closing)
            return StreamingResponse(lines, media_type="application/json")
        items = [obj for obj in store.list(resource.key, target.namespace) if matches(obj)]
        metadata = {"resourceVersion": str(store.version)}
        listed = {"kind": f"{resource.kind}List", "apiVersion": resource.api_version, "metadata": metadata}
        return JSONResponse({**listed, "items": items})

    async def _create(self, request: Request, target: Target) -> Response:
        body = await _body(request)
        namespace = target.namespace
        if target.resource.namespaced and not namespace:
            raise bad_request(f"{target.resource.key} are created in a namespace: POST to /namespaces/NAME/...")
        return JSONResponse(self.objects.create(target.resource, namespace, body, _is_dry_run(request)), 201)

    async def _put(self, request: Request, target: Target) -> Response:
        body = await _body(request)
        dry_run = _is_dry_run(request)
        if target.sub == "finalize":
            return JSONResponse(self._finalize(target, body, dry_run))
        return JSONResponse(
            self.objects.replace(target.resource, target.namespace, target.name, body, target.sub, dry_run)
        )

    def _finalize(self, target: Target, body: Any, dry_run: bool) -> dict[str, Any]:
        changed = copy.deepcopy(self.objects.store.require("namespaces", "", target.name))
        changed["spec"]["finalizers"] = (body.get("spec") or {}).get("finalizers") or []
        if dry_run:
            return changed
        updated = self.objects.store.update("namespaces", changed)
        return self.objects.finish_deletion("namespaces", updated) or updated

    async def _patch(self, request: Request, target: Target) -> Response:
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        manager = request.query_params.get("fieldManager", "")
        key = (target.resource.key, target.namespace, target.name)
        is_new = self.objects.store.get(*key) is None
        patched = self.objects.patch(
            target.resource,
            target.namespace,
            target.name,
            await _body(request),
            kind,
            sub=target.sub,
            manager=manager,
            dry_run=_is_dry_run(request),
        )
        return JSONResponse(patched, 201 if is_new else 200)

    async def _delete(self, request: Request, target: Target) -> Response:
        options = await _delete_options(request)
        obj, gone = self.objects.delete(target.resource, target.namespace, target.name, options)
        if not gone or target.resource.key == "pods":
            return JSONResponse(obj)
        details = {"name": target.name, "kind": target.resource.plural, "uid": obj["metadata"]["uid"]}
        status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}
        return JSONResponse(status)

    async def _delete_collection(self, request: Request, target: Target) -> Response:
        options = await _delete_options(request)
        matches = _predicate(dict(request.query_params))
        found = [obj for obj in self.objects.store.list(target.resource.key, target.namespace) if matches(obj)]
        for obj in found:
            metadata = obj["metadata"]
            self.objects.delete(target.resource, metadata.get("namespace", ""), metadata["name"], options)
        listed = {"kind": f"{target.resource.kind}List", "apiVersion": target.resource.api_version}
        return JSONResponse(
            {**listed, "metadata": {"resourceVersion": str(self.objects.store.version)}, "items": found}
        )

    async def _scale(self, request: Request, target: Target) -> Response:
        live = self.objects.store.require(target.resource.key, target.namespace, target.name)
        if request.method not in {"GET", "PUT", "PATCH"}:
            raise ApiError(405, "MethodNotAllowed", f"{request.method} is not allowed on {request.url.path}")
        if request.method != "GET":
            change = _scale_change(request.method, await _body(request))
            live = self.objects.patch(
                target.resource, target.namespace, target.name, change, MERGE_PATCH, dry_run=_is_dry_run(request)
            )
        return JSONResponse(_scale_of(live))

    async def _log(self, request: Request, target: Target) -> Response:
        return self.pods.log(target.namespace, target.name, dict(request.query_params), self.closing)

    async def _evict(self, request: Request, target: Target) -> Response:
        body, dry_run = await _body(request), _is_dry_run(request)
        return JSONResponse(self.pods.evict(target.namespace, target.name, body, dry_run), 201)

    async def _proxy(self, request: Request, target: Target) -> Response:
        return await self.pods.proxy(request, target.resource.key, target.namespace, target.name, target.rest)


def _predicate(query: dict[str, str]) -> Predicate:
    labels, fields = label_predicate(query.get("labelSelector", "")), field_predicate(query.get("fieldSelector", ""))
    return lambda obj: labels(obj) and fields(obj)


def _scale_of(obj: dict[str, Any]) -> dict[str, Any]:
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    labels = (obj["spec"]["selector"].get("matchLabels") or {}).items()
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: obj["metadata"][key] for key in kept},
        "spec": {"replicas": obj["spec"].get("replicas", 1)},
        "status": {
            "replicas": (obj.get("status") or {}).get("replicas", 0),
            "selector": ",".join(f"{key}={value}" for key, value in labels),
        },
    }


def _scale_change(method: str, body: Any) -> dict[str, Any]:
    """The merge patch of the scaled object; one without a number of replicas leaves it, a PUT makes it 0."""
    if not isinstance(body, dict):
        return {"spec": {"replicas": _patched_replicas(body)}}
    replicas = (body.get("spec") or {}).get("replicas", 0 if method == "PUT" else None)
    version = (body.get("metadata") or {}).get("resourceVersion")
    return {
        **({"spec": {"replicas": replicas}} if replicas is not None else {}),
        **({"metadata": {"resourceVersion": version}} if version else {}),
    }


def _patched_replicas(operations: Any) -> int:
    for operation in operations if isinstance(operations, list) else []:
        if operation.get("path") == "/spec/replicas" and operation.get("op") in {"add", "replace"}:
            return operation["value"]
    raise bad_request("a patch of a scale sets spec.replicas")


async def _body(request: Request) -> Any:
    data = await request.body()
    try:
        if "yaml" in request.headers.get("content-type", ""):
            return json.loads(json.dumps(yaml.safe_load(data)))  # YAML has dates and more that JSON can't say
        return json.loads(data)
    except (ValueError, TypeError, yaml.YAMLError) as error:
        raise bad_request(f"the body can't be read: {error}") from error


def _is_dry_run(request: Request) -> bool:
    """Whether the answer is all that is wanted: nothing is to be stored."""
    asked = request.query_params.get("dryRun", "")
    if asked not in {"", "All"}:
        raise bad_request(f"dryRun: Unsupported value: {asked!r}: supported values: All")
    return asked == "All"


async def _delete_options(request: Request) -> dict[str, Any]:
    body = await _body(request) if await request.body() else {}
    options: dict[str, Any] = dict(body) if isinstance(body, dict) else {}
    query = request.query_params
    if _is_dry_run(request):
        options["dryRun"] = ["All"]
    if "propagationPolicy" in query:
        options["propagationPolicy"] = query["propagationPolicy"]
    if query.get("gracePeriodSeconds", "").isdigit():
        options["gracePeriodSeconds"] = int(query["gracePeriodSeconds"])
    return options
