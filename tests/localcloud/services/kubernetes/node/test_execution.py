"""From a container's spec to a command, and commands beside it."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from localcloud.images.registry import Image, Process
from localcloud.services.kubernetes.node import execution
from localcloud.services.kubernetes.node.processes import ProcessRecords
from tests.localcloud.services.kubernetes.bodies import shell
from tests.localcloud.services.kubernetes.in_process import InProcess
from tests.waiting import PATIENCE_S


@pytest.fixture
def image(tmp_path: Path) -> Image:
    (tmp_path / "image" / "app" / "sub").mkdir(parents=True)
    env = {"COLOUR": "blue"}
    return Image(
        "i", rootfs=str(tmp_path / "image"), paths=["/app"], env=env, workdir="/app", entrypoint=["/bin/echo"],
        cmd=["from", "the", "image"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "argv"),
    [
        ({}, ["/bin/echo", "from", "the", "image"]),
        ({"args": ["$(A)", "$(B)"]}, ["/bin/echo", "1", "$(B)"]),
        ({"command": ["/bin/cat"]}, ["/bin/cat"]),  # the image's arguments go with its entrypoint
        ({"command": ["/bin/cat"], "args": ["x"]}, ["/bin/cat", "x"]),
    ],
)
def test_command_and_args_replace_the_image_s(
    in_process: InProcess, image: Image, spec: dict[str, Any], argv: list[str]
) -> None:
    pod = in_process.create("pods", shell("p", "true", env=[{"name": "A", "value": "1"}]))
    container = {"name": "main", "env": pod["spec"]["containers"][0]["env"], **spec}
    seen, command = execution.prepare(in_process.runtime.kubelet.node, pod, container, image)
    assert command.argv == argv
    assert (command.env["A"], command.env["COLOUR"]) == ("1", "blue")
    assert (seen, command.cwd) == (image, Path(image.rootfs) / "app")


def test_a_working_folder_of_the_container(in_process: InProcess, image: Image) -> None:
    pod = in_process.create("pods", shell("p", "true"))
    container = {"name": "main", "workingDir": "/app/sub"}
    _, command = execution.prepare(in_process.runtime.kubelet.node, pod, container, image)
    assert command.cwd == Path(image.rootfs) / "app" / "sub"


def run(image: Image, tmp_path: Path, *words: str, seconds: float = 60.0) -> tuple[int, str]:
    beside = Process(argv=[], env={"OWN": "1", "PATH": "/usr/bin:/bin"}, cwd=tmp_path)
    records = ProcessRecords(tmp_path / "processes")
    try:
        return asyncio.run(execution.execute(image, beside, list(words), seconds, records))
    finally:
        assert list(records.folder.iterdir()) == []


def test_commands_run_in_the_container_s_folder_and_environment(image: Image, tmp_path: Path) -> None:
    assert run(image, tmp_path, "/bin/sh", "-c", "echo $OWN; pwd; exit 3") == (3, f"1\n{tmp_path}\n")
    assert run(image, tmp_path, "no-such-command")[0] == 127


def test_a_command_that_takes_too_long_is_killed(image: Image, tmp_path: Path) -> None:
    with pytest.raises(TimeoutError):
        run(image, tmp_path, "/bin/sleep", "600", seconds=0.05)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the output outlives the loop
def test_a_command_s_end_is_not_held_up_by_what_left_its_session(image: Image, tmp_path: Path) -> None:
    leave = "import os; os.setsid(); os.execlp('sh', 'sh', '-c', 'echo $$ > new; mv new left; exec sleep 600')"
    (tmp_path / "leave.py").write_text(leave)
    command, left = f"{sys.executable} leave.py & exec sleep 600", tmp_path / "left"

    async def cancelled() -> None:
        beside, records = Process([], {"PATH": "/usr/bin:/bin"}, tmp_path), ProcessRecords(tmp_path / "processes")
        task = asyncio.create_task(execution.execute(image, beside, ["/bin/sh", "-c", command], 600, records))
        while not left.exists():
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait({task}, timeout=PATIENCE_S)
        assert task.cancelled()

    try:
        asyncio.run(cancelled())
    finally:
        os.kill(int(left.read_text()), signal.SIGKILL)
        gc.collect()  # here, where the warning is expected


@pytest.mark.parametrize(
    ("hook", "problem"),
    [
        ({"sleep": {"seconds": 0}}, ""),
        ({"exec": {"command": ["good"]}}, ""),
        ({"exec": {"command": ["bad"]}}, "PreStopHook failed with 1: no"),
        ({"exec": {"command": ["absent"]}}, "PreStopHook failed: [Errno 2] absent"),
        ({"httpGet": {"port": 80}}, "preStop httpGet is not supported here: use exec or sleep"),
    ],
)
def test_hooks_before_the_end(hook: dict[str, Any], problem: str) -> None:
    async def execute(words: list[str], seconds: float) -> tuple[int, str]:
        if words == ["absent"]:
            raise FileNotFoundError(2, "absent")
        return (0, "") if words == ["good"] else (1, "no")

    assert asyncio.run(execution.pre_stop(hook, execute, 5.0)) == problem
