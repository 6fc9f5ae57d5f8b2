"""Services of a local cloud as real processes, for the tests of every service."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator

import pytest

from localcloud.services.iam.accounts import ensure_owner
from localcloud.settings import LocalCloud
from tests.localcloud.services.processes import end, start
from tests.ports import free_port_base

StartService = Callable[[LocalCloud, str], subprocess.Popen[bytes]]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> LocalCloud:
    """A local cloud of this test module's own: fresh home, free ports, the owner's key file in place."""
    made = LocalCloud(home=tmp_path_factory.mktemp("cloud"), port=free_port_base())
    ensure_owner(made)
    return made


@pytest.fixture(scope="module")
def start_service() -> Iterator[StartService]:
    """Start `python -m localcloud.services <name>` and wait for its health; ended with the module.

    The process is returned so that a test may kill it; its output goes to <home>/<name>.log.
    """
    processes: list[subprocess.Popen[bytes]] = []

    def start_one(cloud: LocalCloud, name: str) -> subprocess.Popen[bytes]:
        processes.append(start(cloud, name))
        return processes[-1]

    yield start_one
    for process in reversed(processes):
        end(process)


@pytest.fixture(scope="module")
def local_cloud(cloud: LocalCloud, start_service: StartService) -> LocalCloud:
    """A local cloud whose IAM and storage services run: what every other service builds on."""
    start_service(cloud, "iam")
    start_service(cloud, "storage")
    return cloud
