"""Services of a local cloud as processes: free ports for them, started, waited for, ended."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from localcloud.settings import LocalCloud
from tests.paths import REPOSITORY
from tests.waiting import PATIENCE_S

END_DEADLINE_S = 10


class ServiceError(Exception):
    """A service that did not come up; the message has its log."""


def wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Poll a service's /healthz until it answers; fail with its log if it ends or the deadline passes."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ServiceError(f"{url} ended with {process.returncode}:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(url + "/healthz", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            try:  # waiting for the process's end is a wait that its end cuts short
                process.wait(timeout=0.05)
            except subprocess.TimeoutExpired:
                continue
    raise ServiceError(f"{url} was not healthy within {PATIENCE_S} s:\n{log.read_text()}")


def start(cloud: LocalCloud, name: str) -> subprocess.Popen[bytes]:
    """Start `python -m localcloud.services <name>` and wait for its health; its output goes to <home>/<name>.log."""
    log = cloud.home / f"{name}.log"
    environment = os.environ | cloud.environment() | {"PYTHONPATH": str(REPOSITORY)}
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "localcloud.services", name], env=environment, stdout=output, stderr=output
        )
    try:
        wait_until_healthy(cloud.url(name), process, log)
    except BaseException:
        end(process)
        raise
    return process


def end(process: subprocess.Popen[bytes]) -> None:
    """End a service as `stop` does, by force if it doesn't."""
    process.terminate()
    try:
        process.wait(timeout=END_DEADLINE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def running(cloud: LocalCloud, name: str) -> Iterator[subprocess.Popen[bytes]]:
    """A service that runs as long as the block does."""
    process = start(cloud, name)
    try:
        yield process
    finally:
        end(process)


def job_processes(cloud: LocalCloud) -> list[int]:
    """Ids of the processes that have a job's identity of this cloud: Spark's drivers and JVMs, Beam's workers."""
    keys = str(cloud.home / "credentials")
    found = ((process.pid, process.info["environ"]) for process in psutil.process_iter(["environ"]))
    return [
        number
        for number, variables in found  # None for one that is somebody else's or has just ended
        if variables and variables.get("GOOGLE_APPLICATION_CREDENTIALS", "").startswith(keys)
    ]
