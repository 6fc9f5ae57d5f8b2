"""Finding a pod's process on this machine."""

from __future__ import annotations

import psutil

from tests.localcloud.services.kubernetes.harness import Cloud, fetch


def pid_of(cloud: Cloud, address: str) -> int:
    """The process of the pod at an address."""
    env = fetch(address)["env"]
    assert env["POD_IP"] == address
    for pid in cloud.processes_of_pods():
        if psutil.Process(pid).environ().get("POD_IP") == address:
            return pid
    raise AssertionError(f"no process of {address}")
