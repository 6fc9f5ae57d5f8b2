"""Google Kubernetes Engine's clusters, node pools and operations: records on disk, a running cluster behind each."""

from __future__ import annotations

import asyncio
import base64
import logging
import re
import shutil
import uuid
from pathlib import Path
from typing import Any

from localcloud.loopback import Address
from localcloud.services.common import GoogleError
from localcloud.services.kubernetes.api.discovery import SCHEMA_VERSION
from localcloud.services.kubernetes.api.times import now
from localcloud.services.kubernetes.gke import endpoints, node_pools
from localcloud.services.kubernetes.gke.runtime import ClusterRuntime
from localcloud.services.kubernetes.node.processes import ProcessRecords
from localcloud.services.kubernetes.node.tasks import finish_all
from localcloud.services.record_store import RecordStore
from localcloud.settings import LocalCloud

log = logging.getLogger(__name__)
Body = dict[str, Any]
NAME = re.compile(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?")
VERSION = f"{SCHEMA_VERSION}.0-gke.1"
DELETE_GRACE_SECONDS = 5.0
SHUTDOWN_GRACE_SECONDS = 2.0  # common.serve gives a service 3 s to end
# ClusterUpdate's fields are named desiredX; where X isn't simply the Cluster's field, this says which it is.
UPDATE_FIELDS = {
    "desiredMasterVersion": "currentMasterVersion",
    "desiredNodeVersion": "currentNodeVersion",
    "desiredMasterAuthorizedNetworksConfig": "masterAuthorizedNetworksConfig",
    "desiredClusterAutoscaling": "autoscaling",
}


class Clusters:
    """All clusters. Names are projects/P/locations/L/clusters/C; an operation is done when its answer is sent,
    except the deletion of a cluster, which ends when its last process has."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        folder = cloud.folder("kubernetes")
        self.folder = folder / "state"
        self.records = RecordStore(folder / "clusters")
        self.operations = RecordStore(folder / "operations")
        self.runtimes: dict[str, ClusterRuntime] = {}
        self._deletions: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Bring back every cluster on record; finish deletions that were under way."""
        for name, record in list(self.records.items()):
            if record["body"]["status"] == "STOPPING":
                self._forget(name)
                continue
            try:
                await self._run(name, record)
            except GoogleError as error:
                log.error("%s", error.message)
                record["body"] |= {"status": "DEGRADED", "statusMessage": error.message}
                self.records.put(name, record)
        for name, operation in list(self.operations.items()):
            if operation["status"] != "DONE":
                self.operations.put(name, {**operation, "status": "DONE", "endTime": now()})

    async def stop(self) -> None:
        """End all processes; the clusters stay on record."""
        await finish_all("the deletion of a cluster", self._deletions)
        stopping = [runtime.stop(SHUTDOWN_GRACE_SECONDS) for runtime in self.runtimes.values()]
        await finish_all("the end of a cluster", stopping)
        self.runtimes.clear()

    def _state(self, name: str) -> Path:
        return self.folder / name.replace("/", "_")

    async def _run(self, name: str, record: Body) -> None:
        runtime = ClusterRuntime(self.cloud, self._state(name), _address(record))
        try:
            await runtime.start()
        except OSError as error:
            runtime.cluster.store.close()
            endpoint = record["body"]["endpoint"]
            raise GoogleError(503, f"{name}: can't listen on {endpoint}: {error.strerror}") from error
        self.runtimes[name] = runtime
        ca = base64.b64encode(runtime.certificate()).decode()
        body = record["body"]
        body |= {"masterAuth": {"clusterCaCertificate": ca}, "status": "RUNNING"}
        body.pop("statusMessage", None)
        self._save(name, record)

    def _save(self, name: str, record: Body) -> None:
        body = record["body"]
        runtime = self.runtimes.get(name)
        if runtime is not None:
            runtime.set_nodes(node_pools.nodes(body, runtime.cluster.addresses.host))
        pools = body.get("nodePools") or []
        body["currentNodeCount"] = sum(pool.get("initialNodeCount", 1) for pool in pools)
        self.records.put(name, record)

    def get(self, name: str) -> Body:
        return self.records.require(name)["body"]

    def list(self, parent: str) -> list[Body]:
        return [record["body"] for name, record in self.records.items() if _within(name, parent)]

    async def create(self, parent: str, given: Body) -> Body:
        """Make and start a cluster; the operation of it, done."""
        short = _name_in(given, "cluster")
        name = f"{parent}/clusters/{short}"
        if self.records.get(name) is not None:
            raise GoogleError(409, f"Already exists: {name}", "alreadyExists")
        record = {"body": {**self._body(name, given), "endpoint": self._free_endpoint()}}
        self.records.put(name, record)
        try:
            await self._run(name, record)
        except GoogleError:
            self.records.delete(name)
            raise
        return self._operation(name, "CREATE_CLUSTER")

    def _free_endpoint(self) -> str:
        taken = {_address(record) for _, record in self.records.items()}
        if len(taken) >= endpoints.MOST_CLUSTERS:
            raise GoogleError(400, f"this local cloud has {endpoints.MOST_CLUSTERS} clusters: delete one first")
        free = endpoints.free_endpoint(self.cloud.port, taken)
        if free is None:
            raise GoogleError(503, "no address of this machine is free for another cluster: delete one first")
        return "{}:{}".format(*free)

    def _body(self, name: str, given: Body) -> Body:
        _, _, _, location, _, short = name.split("/")
        body: Body = {
            "loggingService": "logging.googleapis.com/kubernetes",
            "monitoringService": "monitoring.googleapis.com/kubernetes",
            "network": "default",
            "subnetwork": "default",
            "locations": [location],
            **{key: value for key, value in given.items() if value is not None},
            "name": short,
            "id": uuid.uuid4().hex,
            "selfLink": f"{self.cloud.url('kubernetes')}/v1/{name}",
            "location": location,
            "zone": location,
            "initialClusterVersion": given.get("initialClusterVersion") or VERSION,
            "currentMasterVersion": VERSION,
            "currentNodeVersion": VERSION,
            "createTime": now(),
            "status": "PROVISIONING",
            "etag": uuid.uuid4().hex[:16],
            "labelFingerprint": uuid.uuid4().hex[:8],
        }
        pools = given.get("nodePools") or []
        if not pools and not (given.get("autopilot") or {}).get("enabled"):
            count = given.get("initialNodeCount") or 1
            pools = [{"name": "default-pool", "initialNodeCount": count, "config": given.get("nodeConfig") or {}}]
        body["nodePools"] = [node_pools.complete(body, pool, VERSION) for pool in pools]
        return body

    def update(self, name: str, change: Body) -> Body:
        """Carry out a ClusterUpdate: each desiredX sets X."""
        record = self.records.require(name)
        unknown = [field for field in change if not field.startswith("desired") and field != "etag"]
        if unknown or not change:
            raise GoogleError(400, f"update: {', '.join(unknown) or 'nothing to update'}: fields are named desiredX")
        for field, value in change.items():
            bare = field.removeprefix("desired")
            record["body"][UPDATE_FIELDS.get(field, bare[:1].lower() + bare[1:])] = value
        return self._updated(name, record, "UPDATE_CLUSTER")

    def set_labels(self, name: str, given: Body) -> Body:
        record = self.records.require(name)
        fingerprint = given.get("labelFingerprint")
        if fingerprint and fingerprint != record["body"]["labelFingerprint"]:
            raise GoogleError(412, "labelFingerprint is not the present one: read the cluster again", "conditionNotMet")
        record["body"]["resourceLabels"] = given.get("resourceLabels") or {}
        record["body"]["labelFingerprint"] = uuid.uuid4().hex[:8]
        return self._updated(name, record, "UPDATE_CLUSTER")

    def _updated(self, name: str, record: Body, kind: str, target: str = "") -> Body:
        record["body"]["etag"] = uuid.uuid4().hex[:16]
        self._save(name, record)
        return self._operation(target or name, kind)

    def delete(self, name: str) -> Body:
        """Begin to delete a cluster; its operation is done when no process of it is left."""
        record = self.records.require(name)
        if record["body"]["status"] == "STOPPING":
            raise GoogleError(400, f"{name} is being deleted already", "failedPrecondition")
        record["body"]["status"] = "STOPPING"
        self.records.put(name, record)
        operation = self._operation(name, "DELETE_CLUSTER", "RUNNING")
        task = asyncio.ensure_future(self._delete(name, operation))
        self._deletions.add(task)
        task.add_done_callback(self._deletions.discard)
        return operation

    async def _delete(self, name: str, operation: Body) -> None:
        runtime = self.runtimes.pop(name, None)
        try:
            if runtime is not None:
                await finish_all(f"the end of {name}", [runtime.stop(DELETE_GRACE_SECONDS)])
            self._forget(name)
        finally:
            key = operation["selfLink"].partition("/v1/")[2]
            self.operations.put(key, {**operation, "status": "DONE", "endTime": now()})

    def _forget(self, name: str) -> None:
        """Remove a cluster from the disk, with the processes that one which could not be started left behind."""
        ProcessRecords(self._state(name) / "node" / "processes").kill_left_over(self._state(name))
        shutil.rmtree(self._state(name), ignore_errors=True)
        self.records.delete(name)

    def pool(self, name: str) -> Body:
        cluster, _, short = name.partition("/nodePools/")
        found = next((pool for pool in self.get(cluster)["nodePools"] if pool["name"] == short), None)
        if found is None:
            raise GoogleError(404, f"Not found: {name}", "notFound")
        return found

    def create_pool(self, cluster: str, given: Body) -> Body:
        record = self.records.require(cluster)
        short = _name_in(given, "nodePool")
        if any(pool["name"] == short for pool in record["body"]["nodePools"]):
            raise GoogleError(409, f"Already exists: {cluster}/nodePools/{short}", "alreadyExists")
        record["body"]["nodePools"].append(node_pools.complete(record["body"], given, VERSION))
        return self._updated(cluster, record, "CREATE_NODE_POOL", f"{cluster}/nodePools/{short}")

    def update_pool(self, name: str, change: Body, part: str = "") -> Body:
        """Carry out an UpdateNodePoolRequest, or with `part` a setSize, setAutoscaling or setManagement request."""
        cluster = name.partition("/nodePools/")[0]
        self.pool(name)
        record = self.records.require(cluster)
        pools = record["body"]["nodePools"]
        index = next(index for index, pool in enumerate(pools) if pool["name"] == name.rpartition("/")[2])
        pools[index] = node_pools.updated(pools[index], change, part)
        return self._updated(cluster, record, "UPDATE_CLUSTER", name)

    def delete_pool(self, name: str) -> Body:
        cluster, _, short = name.partition("/nodePools/")
        self.pool(name)
        record = self.records.require(cluster)
        record["body"]["nodePools"] = [pool for pool in record["body"]["nodePools"] if pool["name"] != short]
        return self._updated(cluster, record, "DELETE_NODE_POOL", name)

    def _operation(self, target: str, kind: str, status: str = "DONE") -> Body:
        _, project, _, location = target.split("/")[:4]
        short = f"operation-{uuid.uuid4().hex}"
        name = f"projects/{project}/locations/{location}/operations/{short}"
        root = f"{self.cloud.url('kubernetes')}/v1"
        operation = {
            "name": short,
            "operationType": kind,
            "status": status,
            "location": location,
            "zone": location,
            "selfLink": f"{root}/{name}",
            "targetLink": f"{root}/{target}",
            "startTime": now(),
            **({"endTime": now()} if status == "DONE" else {}),
        }
        return self.operations.put(name, operation)

    def list_operations(self, parent: str) -> list[Body]:
        return [operation for name, operation in self.operations.items() if _within(name, parent)]


def _name_in(given: Body, kind: str) -> str:
    """The name that something new is given; 400 for none of GKE's."""
    name = given.get("name", "")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise GoogleError(400, f"{kind}.name {name!r}: lower case letters, digits, -, at most 40, a letter first")
    return name


def _address(record: Body) -> Address:
    """Where a cluster's API server listens."""
    host, _, port = record["body"]["endpoint"].rpartition(":")
    return host, int(port)


def _within(name: str, parent: str) -> bool:
    """Whether a resource is in projects/P/locations/L; L may be - for all."""
    _, project, _, location = parent.split("/")
    parts = name.split("/")
    return parts[1] == project and location in {"-", parts[3]}
