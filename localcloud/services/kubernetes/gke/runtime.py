"""One running cluster: its objects, API server, controllers, Service proxy and node."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import uvicorn

from localcloud import loopback
from localcloud.loopback import Address
from localcloud.services.kubernetes.api.addresses import Addresses, OneAddress
from localcloud.services.kubernetes.api.api_server import ApiServer
from localcloud.services.kubernetes.api.discovery import RESOURCES
from localcloud.services.kubernetes.api.events import Recorder
from localcloud.services.kubernetes.api.objects import Objects
from localcloud.services.kubernetes.api.store import Object, Store
from localcloud.services.kubernetes.controllers.autoscaler import AutoscalerController
from localcloud.services.kubernetes.controllers.base import Cluster, Controller
from localcloud.services.kubernetes.controllers.deployment import DeploymentController
from localcloud.services.kubernetes.controllers.disruption import DisruptionController
from localcloud.services.kubernetes.controllers.garbage import GarbageCollector, NamespaceController, NodeController
from localcloud.services.kubernetes.controllers.replicaset import ReplicaSetController
from localcloud.services.kubernetes.controllers.service import ServiceController
from localcloud.services.kubernetes.gke.certificates import server_files
from localcloud.services.kubernetes.gke.endpoints import ONE_ADDRESS
from localcloud.services.kubernetes.network.pod_metrics import PodMetrics
from localcloud.services.kubernetes.network.service_proxy import ServiceProxy
from localcloud.services.kubernetes.node.kubelet import Kubelet
from localcloud.services.kubernetes.node.pod_api import PodApi
from localcloud.services.kubernetes.node.scheduler import Scheduler
from localcloud.settings import LocalCloud

FIRST_NAMESPACES = ("default", "kube-system", "kube-public")


class EmbeddedServer(uvicorn.Server):
    """A server beside others on one event loop: the process's signals are not its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class ClusterRuntime:
    """Everything of one cluster that runs; its API server is at `address`, and so are its nodes."""

    def __init__(self, cloud: LocalCloud, folder: Path, address: Address) -> None:
        self.cloud, self.folder, self.address = cloud, folder, address
        store = Store(folder / "objects.db")
        addresses = (OneAddress if address[0] == ONE_ADDRESS else Addresses)(address[0], store)
        events = Recorder(store, "localcloud")
        self.cluster = Cluster(store, Objects(store, addresses), addresses, events)
        self.kubelet = Kubelet(self.cluster, cloud, folder / "node")
        self.proxy = ServiceProxy(store)
        self.pod_metrics = PodMetrics(store)
        self.closing = asyncio.Event()
        pods = PodApi(self.cluster.objects, self.kubelet.logs, self.closing)
        self.api = ApiServer(cloud, self.cluster.objects, pods, self.closing)
        self._tasks: list[asyncio.Task[None]] = []
        self._server: EmbeddedServer | None = None
        self._serving: asyncio.Task[None] | None = None
        self._pool_labels: dict[str, dict[str, str]] = {}  # by node: what its pool gave it last

    def certificate(self) -> bytes:
        """The cluster's CA certificate (PEM)."""
        server_files(self.folder, self.address[0])
        return (self.folder / "ca.pem").read_bytes()

    async def start(self) -> None:
        """Serve the API, run the controllers, start the declared pods. OSError if the endpoint can't be had."""
        chain, key = server_files(self.folder, self.address[0])
        listening = loopback.listen(self.address, backlog=512)
        config = uvicorn.Config(
            self.api,
            ssl_certfile=chain,
            ssl_keyfile=key,
            lifespan="off",
            log_level="warning",
            ws="none",  # what would be a WebSocket (exec, attach, port-forward) is a request, and refused as one
            access_log=False,
            timeout_graceful_shutdown=1,
            timeout_keep_alive=65,
        )
        self._server = EmbeddedServer(config)
        self._bootstrap()
        running = [self.pod_metrics, *self._controllers()]
        self._tasks = [asyncio.ensure_future(entry.run()) for entry in running]
        self.kubelet.start()
        self._serving = asyncio.ensure_future(self._server.serve([listening]))

    def _controllers(self) -> list[Controller]:
        cluster = self.cluster
        return [
            NamespaceController(cluster),
            GarbageCollector(cluster),
            NodeController(cluster),
            Scheduler(cluster),
            DeploymentController(cluster),
            ReplicaSetController(cluster),
            ServiceController(cluster, self.proxy),
            DisruptionController(cluster),
            AutoscalerController(cluster, self.kubelet, self.pod_metrics),
        ]

    def _bootstrap(self) -> None:
        for name in FIRST_NAMESPACES:
            if self.cluster.store.get("namespaces", "", name) is None:
                self.cluster.objects.create(RESOURCES["namespaces"], "", {"metadata": {"name": name}})

    def set_nodes(self, wanted: list[Object]) -> None:
        """Make the Node objects those of the node pools: new ones added, changed ones updated, others removed."""
        store = self.cluster.store
        names = {node["metadata"]["name"] for node in wanted}
        for node in store.list("nodes"):
            if node["metadata"]["name"] not in names:
                store.remove("nodes", "", node["metadata"]["name"])
        for node in wanted:
            name = node["metadata"]["name"]
            if store.get("nodes", "", name) is None:
                status = node["status"]
                self.cluster.objects.create(RESOURCES["nodes"], "", node)
                store.modify("nodes", "", name, lambda obj, status=status: obj.update(status=status))
            else:
                before = self._pool_labels.get(name, {})
                store.modify("nodes", "", name, lambda obj, node=node, before=before: _follow_pool(obj, node, before))
        self._pool_labels = {node["metadata"]["name"]: node["metadata"]["labels"] for node in wanted}

    async def stop(self, grace: float) -> None:
        """End all processes and listeners; what is declared stays on disk."""
        self.closing.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.proxy.close()
        await self.kubelet.shutdown(grace)
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await self._serving
        self.cluster.store.close()


def _follow_pool(obj: Object, node: Object, before: dict[str, str]) -> None:
    """The pool's labels and taints; of the labels `before` those it dropped go, others' stay."""
    kept = {key: value for key, value in (obj["metadata"].get("labels") or {}).items() if key not in before}
    obj["metadata"]["labels"] = kept | node["metadata"]["labels"]
    obj["spec"]["taints"] = node["spec"]["taints"]
