"""The node's agent: starts a runner for each pod that was given to it, and stops them."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from localcloud.services.kubernetes.api.conditions import is_finished, is_terminating
from localcloud.services.kubernetes.api.store import Change, Object
from localcloud.services.kubernetes.controllers.base import Cluster
from localcloud.services.kubernetes.controllers.resource_usage import Usage
from localcloud.services.kubernetes.node import processes
from localcloud.services.kubernetes.node.execution import Node
from localcloud.services.kubernetes.node.pod import PodRunner
from localcloud.services.kubernetes.node.processes import ProcessRecords
from localcloud.services.kubernetes.node.tasks import finish_all
from localcloud.settings import LocalCloud

log = logging.getLogger(__name__)


class Kubelet:
    """One for all nodes of a cluster, as they are all this machine."""

    def __init__(self, cluster: Cluster, cloud: LocalCloud, folder: Path) -> None:
        self.cluster, self.store = cluster, cluster.store
        records = ProcessRecords(folder / "processes")
        self.node = Node(cloud, cluster.store, cluster.events, records, folder)
        self.runners: dict[str, PodRunner] = {}
        self._killing: set[asyncio.Task[None]] = set()
        self._stop_listening = lambda: None

    @property
    def logs(self) -> Path:
        return self.node.folder / "logs"

    def start(self) -> None:
        """Kill what an earlier service left running, then run what is declared."""
        killed = self.node.records.kill_left_over(self.node.folder)
        if killed:
            log.warning("killed %d container processes that an earlier run left behind", len(killed))
        self._stop_listening = self.store.subscribe(self._on_change)
        for pod in self.store.list("pods"):
            self._consider(pod)

    def _on_change(self, change: Change) -> None:
        if change.resource != "pods":
            return
        if change.type == "DELETED":
            runner = self.runners.pop(change.object["metadata"]["uid"], None)
            if runner is not None:
                self._kill(runner)
        else:
            # later, not within the write that is being announced
            asyncio.get_running_loop().call_soon(self._consider_key, change.object["metadata"])

    def _consider_key(self, metadata: Object) -> None:
        pod = self.store.get("pods", metadata["namespace"], metadata["name"])
        if pod is not None and pod["metadata"]["uid"] == metadata["uid"]:
            self._consider(pod)

    def _consider(self, pod: Object) -> None:
        uid = pod["metadata"]["uid"]
        runner = self.runners.get(uid)
        if runner is None and pod["spec"].get("nodeName") and (not is_finished(pod) or is_terminating(pod)):
            runner = self.runners[uid] = PodRunner(self.node, self.cluster.objects, self.cluster.addresses, pod)
        if runner is not None and is_terminating(pod):
            runner.terminate(float(pod["metadata"].get("deletionGracePeriodSeconds", 30)))

    def _kill(self, runner: PodRunner) -> None:
        task = asyncio.ensure_future(runner.kill())
        self._killing.add(task)
        task.add_done_callback(self._killing.discard)

    def usage(self) -> dict[str, Usage]:
        """What each pod's processes use, by pod uid."""
        every = processes.sessions()
        return {uid: runner.usage(every) for uid, runner in self.runners.items()}

    async def shutdown(self, grace: float) -> None:
        """End all processes within `grace` seconds each; the pods stay declared and start again with the service."""
        self._stop_listening()
        for runner in self.runners.values():
            runner.silent = True
        stopping = [runner.stop(grace) for runner in self.runners.values()]
        await finish_all("the end of a pod", [*stopping, *self._killing])
        self.runners.clear()
        self.node.records.kill_left_over(self.node.folder)
