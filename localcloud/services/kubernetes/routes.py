"""Routes of the GKE API (container v1)."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette

from localcloud.services.common import GoogleError, object_in
from localcloud.services.dispatch import Call, Route, application
from localcloud.services.kubernetes.gke.clusters import VERSION, Clusters
from localcloud.services.kubernetes.gke.node_pools import PARTS
from localcloud.settings import LocalCloud

PARENT = "projects/*/locations/*"
LOCATION = f"/v1/{{parent={PARENT}}}"
CLUSTER = f"/v1/{{name={PARENT}/clusters/*}}"
POOLS = f"/v1/{{cluster={PARENT}/clusters/*}}/nodePools"
POOL = f"/v1/{{name={PARENT}/clusters/*/nodePools/*}}"


def create_app(cloud: LocalCloud) -> Starlette:
    """The service; its clusters start and stop with it."""
    clusters = Clusters(cloud)
    api = Api(clusters)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await clusters.start()
        yield
        await clusters.stop()

    routes = [
        Route("GET", f"{LOCATION}/clusters", api.list_clusters),
        Route("POST", f"{LOCATION}/clusters", api.create_cluster),
        Route("GET", CLUSTER, api.get_cluster),
        Route("PUT", CLUSTER, api.update_cluster),
        Route("DELETE", CLUSTER, api.delete_cluster),
        Route("POST", f"{CLUSTER}:{{method}}", api.set_resource_labels),
        Route("GET", POOLS, api.list_pools),
        Route("POST", POOLS, api.create_pool),
        Route("GET", POOL, api.get_pool),
        Route("PUT", POOL, api.update_pool),
        Route("DELETE", POOL, api.delete_pool),
        Route("POST", f"{POOL}:{{method}}", api.update_part_of_pool),
        Route("GET", f"{LOCATION}/operations", api.list_operations),
        Route("GET", f"/v1/{{name={PARENT}/operations/*}}", api.get_operation),
        Route("GET", f"{LOCATION}/serverConfig", api.server_config),
    ]
    return application(cloud, routes, lifespan=lifespan)


class Api:
    """The calls. All run on the event loop, as the clusters do."""

    def __init__(self, clusters: Clusters) -> None:
        self.clusters = clusters

    async def list_clusters(self, call: Call) -> Any:
        return {"clusters": self.clusters.list(call.path["parent"])}

    async def create_cluster(self, call: Call) -> Any:
        return await self.clusters.create(call.path["parent"], _object(call, "cluster"))

    async def get_cluster(self, call: Call) -> Any:
        return self.clusters.get(call.path["name"])

    async def update_cluster(self, call: Call) -> Any:
        return self.clusters.update(call.path["name"], _object(call, "update"))

    async def delete_cluster(self, call: Call) -> Any:
        return self.clusters.delete(call.path["name"])

    async def set_resource_labels(self, call: Call) -> Any:
        if call.path["method"] != "setResourceLabels":
            raise _no_method(call, "setResourceLabels")
        return self.clusters.set_labels(call.path["name"], call.body)

    async def list_pools(self, call: Call) -> Any:
        return {"nodePools": self.clusters.get(call.path["cluster"])["nodePools"]}

    async def create_pool(self, call: Call) -> Any:
        return self.clusters.create_pool(call.path["cluster"], _object(call, "nodePool"))

    async def get_pool(self, call: Call) -> Any:
        return self.clusters.pool(call.path["name"])

    async def update_pool(self, call: Call) -> Any:
        return self.clusters.update_pool(call.path["name"], call.body)

    async def update_part_of_pool(self, call: Call) -> Any:
        if call.path["method"] not in PARTS:
            raise _no_method(call, *PARTS)
        return self.clusters.update_pool(call.path["name"], call.body, call.path["method"])

    async def delete_pool(self, call: Call) -> Any:
        return self.clusters.delete_pool(call.path["name"])

    async def list_operations(self, call: Call) -> Any:
        return {"operations": self.clusters.list_operations(call.path["parent"])}

    async def get_operation(self, call: Call) -> Any:
        return self.clusters.operations.require(call.path["name"])

    async def server_config(self, call: Call) -> Any:
        versions = {"validMasterVersions": [VERSION], "validNodeVersions": [VERSION]}
        channel = {"channel": "REGULAR", "defaultVersion": VERSION, "validVersions": [VERSION]}
        return {"defaultClusterVersion": VERSION, **versions, "channels": [channel]}


def _object(call: Call, name: str) -> dict[str, Any]:
    """What the request is about; a 400 before anything else is looked at if it is not there."""
    if call.body.get(name) is None:
        raise GoogleError(400, f"the body has no object {name}", "invalid")
    return object_in(call.body, name)


def _no_method(call: Call, *known: str) -> GoogleError:
    return GoogleError(404, f"{call.request.url.path}: the custom methods are {', '.join(known)}", "notFound")
