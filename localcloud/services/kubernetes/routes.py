"""The GKE API (container v1): routes only."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud.services.common import EXCEPTION_HANDLERS, GoogleError, healthz
from localcloud.services.kubernetes.gke.clusters import VERSION, Clusters
from localcloud.services.kubernetes.gke.node_pools import PARTS
from localcloud.settings import LocalCloud

PARENT = "/v1/projects/{project}/locations/{location}"
CLUSTER = PARENT + "/clusters/{cluster}"
POOL = CLUSTER + "/nodePools/{pool}"


def create_app(cloud: LocalCloud) -> Starlette:
    """The service; its clusters start and stop with it."""
    clusters = Clusters(cloud)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await clusters.start()
        yield
        await clusters.stop()

    routes = [
        Route("/healthz", healthz),
        Route(PARENT + "/clusters", list_clusters, methods=["GET"]),
        Route(PARENT + "/clusters", create_cluster, methods=["POST"]),
        Route(CLUSTER, get_cluster, methods=["GET"]),
        Route(CLUSTER, update_cluster, methods=["PUT"]),
        Route(CLUSTER, delete_cluster, methods=["DELETE"]),
        Route(CLUSTER, set_resource_labels, methods=["POST"]),
        Route(CLUSTER + "/nodePools", list_pools, methods=["GET"]),
        Route(CLUSTER + "/nodePools", create_pool, methods=["POST"]),
        Route(POOL, get_pool, methods=["GET"]),
        Route(POOL, update_pool, methods=["PUT", "POST"]),
        Route(POOL, delete_pool, methods=["DELETE"]),
        Route(PARENT + "/operations", list_operations, methods=["GET"]),
        Route(PARENT + "/operations/{operation}", get_operation, methods=["GET"]),
        Route(PARENT + "/serverConfig", server_config, methods=["GET"]),
    ]
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers=EXCEPTION_HANDLERS)
    app.state.clusters = clusters
    return app


def _clusters(request: Request) -> Clusters:
    return request.app.state.clusters


def _name(request: Request) -> str:
    """The resource's name: its path below /v1."""
    return request.url.path.removeprefix("/v1/")


def _parent(request: Request) -> str:
    return "projects/{project}/locations/{location}".format(**request.path_params)


async def _body(request: Request, field: str = "") -> dict[str, Any]:
    """The JSON body, or the object in one of its fields."""
    data = await request.body()
    try:
        body = json.loads(data or b"{}")
    except ValueError as error:
        raise GoogleError(400, f"the body is not JSON: {error}") from error
    found = body.get(field) if field and isinstance(body, dict) else body
    if not isinstance(found, dict):
        raise GoogleError(400, f"the body has no object {field or 'in it'}")
    return found


async def list_clusters(request: Request) -> Response:
    return JSONResponse({"clusters": _clusters(request).list(_parent(request))})


async def create_cluster(request: Request) -> Response:
    return JSONResponse(await _clusters(request).create(_parent(request), await _body(request, "cluster")))


async def get_cluster(request: Request) -> Response:
    return JSONResponse(_clusters(request).get(_name(request)))


async def update_cluster(request: Request) -> Response:
    return JSONResponse(_clusters(request).update(_name(request), await _body(request, "update")))


async def delete_cluster(request: Request) -> Response:
    return JSONResponse(_clusters(request).delete(_name(request)))


async def set_resource_labels(request: Request) -> Response:
    name, _, verb = _name(request).rpartition(":")
    if verb != "setResourceLabels":
        raise GoogleError(404, f"{request.url.path}: of the custom methods only :setResourceLabels is here", "notFound")
    return JSONResponse(_clusters(request).set_labels(name, await _body(request)))


async def list_pools(request: Request) -> Response:
    name = _name(request).removesuffix("/nodePools")
    return JSONResponse({"nodePools": _clusters(request).get(name)["nodePools"]})


async def create_pool(request: Request) -> Response:
    name = _name(request).removesuffix("/nodePools")
    return JSONResponse(_clusters(request).create_pool(name, await _body(request, "nodePool")))


async def get_pool(request: Request) -> Response:
    return JSONResponse(_clusters(request).pool(_name(request)))


async def update_pool(request: Request) -> Response:
    name, _, verb = _name(request).partition(":")
    if request.method == "POST" and verb not in PARTS:
        raise GoogleError(404, f"{request.url.path}: the custom methods are {', '.join(PARTS)}", "notFound")
    return JSONResponse(_clusters(request).update_pool(name, await _body(request), verb))


async def delete_pool(request: Request) -> Response:
    return JSONResponse(_clusters(request).delete_pool(_name(request)))


async def list_operations(request: Request) -> Response:
    return JSONResponse({"operations": _clusters(request).list_operations(_parent(request))})


async def get_operation(request: Request) -> Response:
    return JSONResponse(_clusters(request).operations.require(_name(request)))


async def server_config(request: Request) -> Response:
    versions = {"validMasterVersions": [VERSION], "validNodeVersions": [VERSION]}
    channel = {"channel": "REGULAR", "defaultVersion": VERSION, "validVersions": [VERSION]}
    return JSONResponse({"defaultClusterVersion": VERSION, **versions, "channels": [channel]})
