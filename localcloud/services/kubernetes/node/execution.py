"""From a container's spec to a command of this machine; commands run beside it (exec probes, preStop)."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.images.registry import Image, ImageError, Process
from localcloud.services.kubernetes.api.events import Recorder
from localcloud.services.kubernetes.api.store import Object, Store
from localcloud.services.kubernetes.node import ports, volumes
from localcloud.services.kubernetes.node.environment import environment, expand, of_machine
from localcloud.services.kubernetes.node.probes import Execute
from localcloud.services.kubernetes.node.processes import ProcessRecords, signal_session
from localcloud.settings import LocalCloud

NOT_FOUND = 127  # a shell's exit code for a command that isn't there
REAP_SECONDS = 1.0


@dataclass(frozen=True)
class Node:
    """What containers of a node share. `folder` holds pods/<uid>/..., logs/<uid>/<container>/<attempt>.log."""

    cloud: LocalCloud
    store: Store
    events: Recorder
    records: ProcessRecords
    folder: Path


def prepare(node: Node, pod: Object, spec: Object, image: Image) -> tuple[Image, Process]:
    """The image as the container sees it, and its command. ConfigurationError or ImageError if that can't be."""
    tell = ports.teller(pod, spec)
    image = dataclasses.replace(
        image,
        env={name: tell(value) for name, value in image.env.items()},
        entrypoint=[*map(tell, image.entrypoint)],
        cmd=[*map(tell, image.cmd)],
    )
    variables = environment(node.store, node.cloud, pod, spec, tell)
    command = [expand(tell(word), variables) for word in spec.get("command") or []]
    given = spec.get("args")
    args = None if given is None else [expand(tell(word), variables) for word in given]
    texts = [*command, *(args or []), *variables.values(), *image.entrypoint, *image.cmd]
    seen = volumes.prepare(node.store, pod, spec, image, node.folder / "pods" / pod["metadata"]["uid"], texts)
    if spec.get("workingDir"):
        seen = dataclasses.replace(seen, workdir=spec["workingDir"])
    process = seen.process(command or None, args, variables, of_machine(node.store, node.cloud, pod))
    ports.require_told(pod, spec, process)
    return seen, process


async def execute(
    image: Image, beside: Process, words: list[str], seconds: float, records: ProcessRecords
) -> tuple[int, str]:
    """Run a command in a container's folder and environment: exit code and output. TimeoutError after `seconds`."""
    try:
        argv = image.process(words).argv
    except ImageError as error:
        return NOT_FOUND, str(error)
    process = await asyncio.create_subprocess_exec(
        *argv,
        env=beside.env,
        cwd=beside.cwd,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    records.add(process.pid)
    try:
        output, _ = await asyncio.wait_for(process.communicate(), seconds)
        return process.returncode or 0, output.decode(errors="replace")
    finally:
        signal_session(process.pid, signal.SIGKILL)
        with contextlib.suppress(TimeoutError):  # its output stays open if it left a session of its own behind
            await asyncio.wait_for(process.wait(), REAP_SECONDS)
        records.discard(process.pid)


async def pre_stop(hook: dict[str, Any], run: Execute, seconds: float) -> str:
    """Carry out a preStop hook; what went wrong, or nothing."""
    if "sleep" in hook:
        await asyncio.sleep(float(hook["sleep"]["seconds"]))
    elif "exec" in hook:
        try:
            code, output = await run(hook["exec"]["command"], seconds)
        except OSError as error:  # such as a script whose interpreter isn't there
            return f"PreStopHook failed: {error}"
        if code:
            return f"PreStopHook failed with {code}: {output[-200:]}"
    else:
        return f"preStop {', '.join(hook)} is not supported here: use exec or sleep"
    return ""
