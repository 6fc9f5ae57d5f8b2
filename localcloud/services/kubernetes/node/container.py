"""One container: a process of its image, started again as the pod's restartPolicy says, probed while it runs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from typing import Any, Protocol

from localcloud.images import registry as images
from localcloud.images.registry import ImageError, Process
from localcloud.services.kubernetes.api.store import Object
from localcloud.services.kubernetes.api.times import now
from localcloud.services.kubernetes.controllers.back_off import back_off_seconds
from localcloud.services.kubernetes.node import execution, ports, probes
from localcloud.services.kubernetes.node.environment import ConfigurationError
from localcloud.services.kubernetes.node.execution import Node
from localcloud.services.kubernetes.node.processes import signal_session

log = logging.getLogger(__name__)
FIRST_BACKOFF_SECONDS = 1.0  # Kubernetes: 10
LONGEST_BACKOFF_SECONDS = 60.0  # Kubernetes: 300
BACKOFF_RESET_SECONDS = 600.0


class Owner(Protocol):
    """The pod a container is in."""

    def pod(self) -> Object: ...
    def changed(self) -> None: ...


class Container:
    """Runs until the pod's restartPolicy is satisfied (`ended`) or it is stopped."""

    def __init__(self, node: Node, owner: Owner, spec: Object, restart_policy: str, before: Object | None) -> None:
        self.node, self.owner, self.spec, self.restart_policy = node, owner, spec, restart_policy
        self.state: dict[str, Any] = {"waiting": {"reason": "ContainerCreating"}}
        self.last_state: dict[str, Any] = {}
        self.restarts = 0
        self.started = self.ready = self.ended = False
        self.image: images.Image | None = None
        self.process: asyncio.subprocess.Process | None = None
        self._command: Process | None = None
        self._stopping = False
        self._killing: asyncio.Task[None] | None = None  # the end of a process that failed a probe
        self._failures = 0
        self.wake = asyncio.Event()  # set once the container has started or ended for the first time
        if before is not None:
            self._continue(before)

    def _continue(self, before: Object) -> None:
        """Go on from the status of a node that was killed: what ran is lost, what had ended stays ended."""
        self.restarts, self.last_state = before.get("restartCount", 0), before.get("lastState") or {}
        state = before.get("state") or {}
        if "running" in state:
            lost = {"exitCode": 137, "reason": "NodeRestarted", "startedAt": state["running"]["startedAt"]}
            state = {"terminated": {**lost, "finishedAt": now()}}
        if "terminated" not in state:
            return
        self.state = state
        if self._should_restart(state["terminated"]["exitCode"]):
            self.last_state, self.restarts = state, self.restarts + 1
            self.state = {"waiting": {"reason": "ContainerCreating"}}
        else:
            self.ended = True
            self.wake.set()

    @property
    def session(self) -> int | None:
        """The session id of the running process."""
        return self.process.pid if self.process and self.process.returncode is None else None

    def _should_restart(self, code: int) -> bool:
        return self.restart_policy == "Always" or (self.restart_policy == "OnFailure" and code != 0)

    async def run(self) -> None:
        """Start, watch and restart; returns when the container has ended for good or was stopped."""
        while not self.ended and not self._stopping:
            if not await self._start():
                await self._back_off("ImagePullBackOff" if self.image is None else self.state["waiting"]["reason"])
                continue
            began = asyncio.get_running_loop().time()
            code = await self._watch()
            if asyncio.get_running_loop().time() - began > BACKOFF_RESET_SECONDS:
                self._failures = 0
            if self._stopping or not self._should_restart(code):
                self.ended = True
                self._announce()
                return
            self.last_state, self.restarts = self.state, self.restarts + 1
            if self._failures:  # the first restart is at once
                await self._back_off("CrashLoopBackOff")
            self._failures += 1

    async def _back_off(self, reason: str) -> None:
        if reason != "CrashLoopBackOff":
            self._failures += 1
        seconds = back_off_seconds(FIRST_BACKOFF_SECONDS, LONGEST_BACKOFF_SECONDS, self._failures - 1)
        known = self.state.get("waiting", {}).get("message", "")
        message = known or f"back-off {seconds:g}s restarting failed container={self.spec['name']}"
        self.state = {"waiting": {"reason": reason, "message": message}}
        if reason == "CrashLoopBackOff":
            self.node.events.warning(self.owner.pod(), "BackOff", "Back-off restarting failed container")
        self._announce()
        await asyncio.sleep(seconds)

    async def _start(self) -> bool:
        name = self.spec["name"]
        try:
            command = self._prepare()
            output = self.node.folder / "logs" / self.owner.pod()["metadata"]["uid"] / name / f"{self.restarts}.log"
            output.parent.mkdir(parents=True, exist_ok=True)
            with output.open("ab") as file:
                self.process = await asyncio.create_subprocess_exec(
                    *command.argv,
                    env=command.env,
                    cwd=command.cwd,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=file,
                    stderr=asyncio.subprocess.STDOUT,
                    start_new_session=True,
                )
        except (ImageError, ConfigurationError, OSError) as error:
            self._refuse(error)
            return False
        self.node.records.add(self.process.pid)
        self._command = command
        self.state = {"running": {"startedAt": now()}}
        self.started = "startupProbe" not in self.spec
        self.ready = self.started and "readinessProbe" not in self.spec
        self.node.events.normal(self.owner.pod(), "Started", f"Started container {name}")
        self.wake.set()
        self._announce()
        return True

    def _refuse(self, error: Exception) -> None:
        reason = getattr(error, "reason", "CreateContainerError")
        if isinstance(error, ImageError) and self.image is None:
            self.node.events.warning(self.owner.pod(), "Failed", f"Failed to pull image: {error}")
            reason = "ErrImagePull"
        else:
            self.node.events.warning(
                self.owner.pod(), "FailedMount" if reason == "FailedMount" else "Failed", str(error)
            )
        self.state = {"waiting": {"reason": reason, "message": str(error)}}
        self._announce()

    def _prepare(self) -> Process:
        """Image, environment, volumes and command of the next start."""
        pod = self.owner.pod()
        self.image = None
        image = self.image = images.resolve(self.spec["image"], self.node.cloud)
        self.image, command = execution.prepare(self.node, pod, self.spec, image)
        return command

    async def _watch(self) -> int:
        """Probe the running process until it ends; its exit code."""
        assert self.process is not None
        probing = asyncio.ensure_future(self._probe())
        try:
            code = await self.process.wait()
        finally:
            probing.cancel()
            self.ready = self.started = False
        signal_session(self.process.pid, signal.SIGKILL)  # what it left behind, as a container's end does
        self.node.records.discard(self.process.pid)
        number = {"signal": -code} if code < 0 else {}
        code = 128 - code if code < 0 else code
        began = self.state.get("running", {}).get("startedAt", now())
        reason = "Completed" if code == 0 else "Error"
        ended = {"exitCode": code, "reason": reason, "startedAt": began, "finishedAt": now(), **number}
        self.state = {"terminated": {**ended, "containerID": self._id()}}
        self._announce()
        return code

    async def _probe(self) -> None:
        if "startupProbe" in self.spec:
            await probes.watch(self.spec["startupProbe"], self.owner.pod, self.execute, self._on_startup, True)
        tasks = []
        if "readinessProbe" in self.spec:
            tasks.append(probes.watch(self.spec["readinessProbe"], self.owner.pod, self.execute, self._on_readiness))
        if "livenessProbe" in self.spec:
            tasks.append(probes.watch(self.spec["livenessProbe"], self.owner.pod, self.execute, self._on_liveness))
        await asyncio.gather(*tasks)

    def _on_startup(self, passed: bool, message: str) -> None:
        self.started = passed
        self.ready = passed and "readinessProbe" not in self.spec
        self._announce()
        if not passed:
            self._unhealthy("Startup", message)

    def _on_readiness(self, passed: bool, message: str) -> None:
        if not passed:
            self.node.events.warning(self.owner.pod(), "Unhealthy", f"Readiness probe failed: {message}")
        if self.ready != passed:
            self.ready = passed
            self._announce()

    def _on_liveness(self, passed: bool, message: str) -> None:
        if not passed:
            self._unhealthy("Liveness", message)

    def _unhealthy(self, kind: str, message: str) -> None:
        if self._stopping or (self._killing and not self._killing.done()):
            return  # it is on its end already: the probes go on until then
        self.node.events.warning(self.owner.pod(), "Unhealthy", f"{kind} probe failed: {message}")
        killing = f"Container {self.spec['name']} failed {kind.lower()} probe, will be restarted"
        self.node.events.normal(self.owner.pod(), "Killing", killing)
        grace = self.owner.pod()["spec"]["terminationGracePeriodSeconds"]
        self._killing = asyncio.ensure_future(self.end(float(grace)))

    async def execute(self, words: list[str], seconds: float) -> tuple[int, str]:
        """Run a command as in the container: exit code and output. TimeoutError after `seconds`."""
        assert self.image is not None
        assert self._command is not None
        told = [*map(ports.teller(self.owner.pod(), self.spec), words)]
        return await execution.execute(self.image, self._command, told, seconds, self.node.records)

    async def end(self, grace: float) -> None:
        """preStop, SIGTERM, and after `grace` seconds in all SIGKILL; returns when the process is gone."""
        process = self.process
        if process is None or process.returncode is not None:
            return
        try:
            async with asyncio.timeout(grace):
                hook = (self.spec.get("lifecycle") or {}).get("preStop")
                if hook and (problem := await execution.pre_stop(hook, self.execute, grace)):
                    self.node.events.warning(self.owner.pod(), "FailedPreStopHook", problem)
                with contextlib.suppress(ProcessLookupError):
                    process.terminate()  # the container's first process alone, as Kubernetes does
                await process.wait()
        except TimeoutError:
            log.info("container %s did not end within %g s: killed", self.spec["name"], grace)
            signal_session(process.pid, signal.SIGKILL)
            await process.wait()

    async def stop(self, grace: float) -> None:
        """End for good."""
        self._stopping = True
        self.ready = False
        await self.end(grace)

    def _id(self) -> str:
        return f"process://{self.process.pid}" if self.process else ""

    def _announce(self) -> None:
        if self.ended:
            self.wake.set()
        self.owner.changed()

    def status(self) -> dict[str, Any]:
        """The ContainerStatus."""
        return {
            "name": self.spec["name"],
            "state": self.state,
            "lastState": self.last_state,
            "ready": self.ready,
            "started": self.started,
            "restartCount": self.restarts,
            "image": self.spec["image"],
            "imageID": self.image.digest if self.image else "",
            "containerID": self._id()
            if "running" in self.state
            else self.state.get("terminated", {}).get("containerID", ""),
        }
