"""Finding a pod's process on this machine."""

from __future__ import annotations

from pathlib import Path

from tests.localcloud.services.kubernetes.harness import Cloud, fetch


def pid_of(cloud: Cloud, address: str) -> int:
    """The process of the pod at an address."""
    env = fetch(address)["env"]
    assert env["POD_IP"] == address
    for pid in cloud.processes_of_pods():
        if f"POD_IP={address}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
            return pid
    raise AssertionError(f"no process of {address}")
