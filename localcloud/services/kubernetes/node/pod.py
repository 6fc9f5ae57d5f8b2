"""One pod on its node: its containers in their order, its status, its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import signal
from collections.abc import Callable
from typing import Any

from localcloud.services.kubernetes.api.addresses import Addresses
from localcloud.services.kubernetes.api.conditions import is_terminating, set_condition
from localcloud.services.kubernetes.api.discovery import RESOURCES
from localcloud.services.kubernetes.api.errors import ApiError
from localcloud.services.kubernetes.api.objects import Objects
from localcloud.services.kubernetes.api.store import Object
from localcloud.services.kubernetes.api.times import now
from localcloud.services.kubernetes.controllers.base import name_of
from localcloud.services.kubernetes.controllers.resource_usage import Usage
from localcloud.services.kubernetes.node.container import Container
from localcloud.services.kubernetes.node.environment import identity
from localcloud.services.kubernetes.node.execution import Node
from localcloud.services.kubernetes.node.processes import signal_session, usage

log = logging.getLogger(__name__)
# Between a pod's leaving the Services and its SIGTERM: connections already on their way to it are accepted first.
DRAIN_SECONDS = 0.2
ADDRESS_RETRY_SECONDS = 1.0


class PodRunner:
    """Runs a pod that was given to the node, until it has ended, is deleted, or the node stops."""

    def __init__(self, node: Node, objects: Objects, addresses: Addresses, pod: Object) -> None:
        self.node, self.objects, self.addresses = node, objects, addresses
        self._last = pod
        spec = pod["spec"]
        before = pod["status"]
        known = {
            entry["name"]: entry
            for key in ("initContainerStatuses", "containerStatuses")
            for entry in before.get(key) or []
        }
        policy = spec["restartPolicy"]
        self.init = [
            Container(node, self, entry, _init_policy(entry, policy), known.get(entry["name"]))
            for entry in spec.get("initContainers") or []
        ]
        self.main = [Container(node, self, entry, policy, known.get(entry["name"])) for entry in spec["containers"]]
        self.initialized = self.terminating = False
        self.silent = False  # the node stops, not the pod: its status stays that of a running one
        self._tasks: list[asyncio.Task[None]] = []
        self._task = asyncio.ensure_future(self._run())
        self._ending: asyncio.Task[None] | None = None

    def pod(self) -> Object:
        """The pod as the store has it now (or had it last)."""
        self._last = self._live() or self._last
        return self._last

    def _live(self) -> Object | None:
        """The pod in the store; None if it is gone, even if there is another one of its name."""
        found = self.node.store.get("pods", *name_of(self._last))
        return found if found and found["metadata"]["uid"] == self._last["metadata"]["uid"] else None

    def _modify(self, change: Callable[[Object], None]) -> Object:
        self._last = self.node.store.modify("pods", *name_of(self._last), change)
        return self._last

    @property
    def containers(self) -> list[Container]:
        return [*self.init, *self.main]

    async def _run(self) -> None:
        if is_terminating(self._last):  # a pod that a killed node had still to end: there is nothing to start
            return
        await self._get_address()
        self._check_identity()
        for container in self.init:
            self._tasks.append(asyncio.ensure_future(self._run_container(container)))
            if container.spec.get("restartPolicy") == "Always":  # a sidecar: the next waits until it has started
                await container.wake.wait()
                continue
            await self._tasks[-1]
            if container.state.get("terminated", {}).get("exitCode") != 0:
                self.changed()
                return
        self.initialized = True
        self.changed()
        self._tasks += [asyncio.ensure_future(self._run_container(container)) for container in self.main]
        await asyncio.gather(*self._tasks[-len(self.main) :])
        if not self.terminating:
            await asyncio.gather(*(container.stop(5.0) for container in self.init))  # sidecars end with the others
            self.changed()

    async def _run_container(self, container: Container) -> None:
        try:
            await container.run()
        except Exception:
            log.exception("container %s of pod %s failed", container.spec["name"], self.pod()["metadata"]["name"])
            container.state = {"waiting": {"reason": "RunContainerError", "message": "see the service's log"}}
            self.changed()

    async def _get_address(self) -> None:
        """An address of its own, kept over restarts of the node; waits until there is one."""
        while True:
            try:
                return self._give_address()
            except ApiError as error:
                self.node.events.warning(self.pod(), "FailedCreatePodSandBox", error.message)
                await asyncio.sleep(ADDRESS_RETRY_SECONDS)

    def _give_address(self) -> None:
        def change(pod: Object) -> None:
            status = pod["status"]
            if not status.get("podIP"):
                self.addresses.give_ports(pod)
                status["podIP"] = self.addresses.for_pod()
            status |= {"podIPs": [{"ip": status["podIP"]}], "hostIP": self.addresses.host, "qosClass": _quality(pod)}
            status.setdefault("startTime", now())

        self._modify(change)
        self.changed()

    def _check_identity(self) -> None:
        email = identity(self.node.store, self.pod())
        if email and not self.node.cloud.credentials(email).is_file():
            message = f"Google service account {email} of the pod's service account does not exist: create it"
            self.node.events.warning(self.pod(), "FailedIdentity", message)

    def changed(self) -> None:
        """Write the pod's status from that of its containers."""
        if not self.silent and self._live():
            self._modify(self._write_status)

    def _write_status(self, pod: Object) -> None:
        status = pod["status"]
        status["phase"] = self._phase()
        status["observedGeneration"] = pod["metadata"].get("generation", 1)
        if self.init:
            status["initContainerStatuses"] = [container.status() for container in self.init]
        status["containerStatuses"] = [container.status() for container in self.main]
        sidecars = [entry for entry in self.init if entry.spec.get("restartPolicy") == "Always"]
        unready = [entry.spec["name"] for entry in [*sidecars, *self.main] if not entry.ready]
        leaving = self.terminating or is_terminating(pod)
        ready = self.initialized and not unready and not leaving
        why = ("", "") if ready else ("ContainersNotReady", f"containers with unready status: {unready}")
        if leaving:
            why = ("PodTerminating", "the pod is being deleted")
        set_condition(status, "PodReadyToStartContainers", bool(status.get("podIP")))
        set_condition(status, "Initialized", self.initialized)
        set_condition(status, "ContainersReady", self.initialized and not unready, *(why if unready else ("", "")))
        set_condition(status, "Ready", ready, *why)

    def _phase(self) -> str:
        if self.init and not self.initialized:
            failed = [entry for entry in self.init if entry.ended and entry.state["terminated"]["exitCode"] != 0]
            return "Failed" if failed else "Pending"
        if self.main and all(container.ended for container in self.main):
            codes = [container.state.get("terminated", {}).get("exitCode", 0) for container in self.main]
            return "Failed" if any(codes) else "Succeeded"
        begun = all("waiting" not in entry.state or entry.restarts for entry in self.main)
        return "Running" if begun else "Pending"

    def terminate(self, grace: float) -> None:
        """The pod is being deleted: out of the Services first, then end its containers, then let it go."""
        if self._ending is None:
            self.terminating = True
            was_ready = any(container.ready for container in self.main)
            self.node.events.normal(self.pod(), "Killing", "Stopping the pod's containers")
            self.changed()
            self._ending = asyncio.ensure_future(self._terminate(grace, DRAIN_SECONDS if was_ready else 0.0))

    async def _terminate(self, grace: float, drain: float) -> None:
        await asyncio.sleep(drain)
        await self.stop(grace)
        self._remove_files()
        if self._live():
            self.objects.delete(RESOURCES["pods"], *name_of(self._last), {"gracePeriodSeconds": 0})

    async def stop(self, grace: float) -> None:
        """End all containers; returns when no process is left."""
        self.terminating = True
        for container in self.containers:
            container.ready = False
        if not self.initialized:
            self._task.cancel()
        await asyncio.gather(*(container.stop(grace) for container in self.main))
        await asyncio.gather(*(container.stop(grace) for container in self.init))
        tasks = [self._task, *self._tasks]
        running = [task for task in tasks if not task.done()]
        if running:
            # a container's end is written by its own task; one in a back-off or start would go on: stop it
            await asyncio.wait(running, timeout=0.1)
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(container.end(0.0) for container in self.containers))
        for container in self.containers:
            if container.process is not None:
                signal_session(container.process.pid, signal.SIGKILL)
                self.node.records.discard(container.process.pid)

    async def kill(self) -> None:
        """The pod is gone from the store: nothing of it may stay."""
        if self._ending is not None:
            self._ending.cancel()
        await self.stop(0.0)
        self._remove_files()

    def _remove_files(self) -> None:
        uid = self._last["metadata"]["uid"]
        for kind in ("pods", "logs"):
            shutil.rmtree(self.node.folder / kind / uid, ignore_errors=True)

    def usage(self, sessions: dict[int, list[int]]) -> Usage:
        """What the pod's processes use, of the processes of every session."""
        own = [container.session for container in self.containers if container.session]
        return usage(pid for session in own for pid in sessions.get(session, []))


def _init_policy(container: Object, policy: str) -> str:
    if container.get("restartPolicy") == "Always":
        return "Always"
    return "Never" if policy == "Never" else "OnFailure"


def _quality(pod: Object) -> str:
    resources: list[dict[str, Any]] = [container.get("resources") or {} for container in pod["spec"]["containers"]]
    if all(
        set(entry.get("limits") or {}) >= {"cpu", "memory"} and entry["limits"] == entry.get("requests")
        for entry in resources
    ):
        return "Guaranteed"
    return "Burstable" if any(entry.get("requests") or entry.get("limits") for entry in resources) else "BestEffort"
