"""Services of a local cloud as real processes, for the tests of every service."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localcloud.services.iam.accounts import ensure_owner
from localcloud.settings import PROVIDERS, SERVICES, LocalCloud

REPOSITORY = Path(__file__).resolve().parents[2]
START_DEADLINE_S = 60

StartService = Callable[[LocalCloud, str], subprocess.Popen[bytes]]


def free_port_base() -> int:
    """First of as many consecutive free loopback ports as a cloud has services and providers."""
    count = len(SERVICES + PROVIDERS)
    for first in range(20000 + os.getpid() % 8000, 32000, count):
        sockets = [socket.socket() for _ in range(count)]
        try:
            for offset, one in enumerate(sockets):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                one.bind(("127.0.0.1", first + offset))
        except OSError:
            continue
        else:
            return first
        finally:
            for one in sockets:
                one.close()
    raise RuntimeError("No free range of loopback ports between 20000 and 32000")


def wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Poll a service's /healthz until it answers; fail with its log if it ends or the deadline passes."""
    deadline = time.monotonic() + START_DEADLINE_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"{url} ended with {process.returncode}:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(url + "/healthz", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            try:  # waiting for the process's end is a wait that its end cuts short
                process.wait(timeout=0.05)
            except subprocess.TimeoutExpired:
                continue
    pytest.fail(f"{url} was not healthy within {START_DEADLINE_S} s:\n{log.read_text()}")


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> LocalCloud:
    """A local cloud of this test module's own: fresh home, free ports, the owner's key file in place."""
    made = LocalCloud(home=tmp_path_factory.mktemp("cloud"), port=free_port_base())
    ensure_owner(made)
    return made


@pytest.fixture(scope="module")
def start_service() -> Iterator[StartService]:
    """Start `python -m localcloud.services.<name>` and wait for its health; ended with the module.

    The process is returned so that a test may kill it; its output goes to <home>/<name>.log.
    """
    processes: list[subprocess.Popen[bytes]] = []

    def start(cloud: LocalCloud, name: str) -> subprocess.Popen[bytes]:
        log = cloud.home / f"{name}.log"
        environment = os.environ | cloud.environment() | {"PYTHONPATH": str(REPOSITORY)}
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", f"localcloud.services.{name}"], env=environment, stdout=output, stderr=output
            )
        processes.append(process)
        wait_until_healthy(cloud.url(name), process, log)
        return process

    yield start
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def local_cloud(cloud: LocalCloud, start_service: StartService) -> LocalCloud:
    """A local cloud whose IAM and storage services run: what every other service builds on."""
    start_service(cloud, "iam")
    start_service(cloud, "storage")
    return cloud
