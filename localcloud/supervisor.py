"""Starts and stops the processes of a local cloud, and tells how they are."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from localcloud import loopback, processes
from localcloud.errors import LocalCloudError
from localcloud.files import locked, write_atomic
from localcloud.registry import GATEWAY, PACKAGE, PROVIDERS, port_count, services
from localcloud.settings import OWNER, LocalCloud

BIN = Path(__file__).parent / "bin"
START_TIMEOUT_S = 60.0
POLL_S = 0.05
DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Opens addresses of this machine, whatever proxy is set."""


def programs() -> dict[str, tuple[str, ...]]:
    """What `python -m` runs for each program. Both providers are served by one process; their ports are two."""
    others = {name: (f"localcloud.{name}",) for name in ("providers", *GATEWAY)}
    return {name: (PACKAGE, name) for name in services()} | others


@dataclass(frozen=True)
class Status:
    """How one program is: its ports, its process if it runs, and the memory of its process family in bytes."""

    name: str
    ports: list[int]
    pid: int | None
    memory: int


def ports_of(cloud: LocalCloud, program: str) -> list[int]:
    """The loopback ports that a program listens on."""
    return [cloud.port_of(name) for name in (PROVIDERS if program == "providers" else (program,))]


def record_of(cloud: LocalCloud, program: str) -> Path:
    return cloud.home / "run" / f"{program}.json"


def log_of(cloud: LocalCloud, program: str) -> Path:
    return cloud.home / "log" / f"{program}.log"


def passphrase_of(cloud: LocalCloud) -> Path:
    """What the secrets in the stacks' state are encrypted with; where it is, a local cloud was started."""
    return cloud.home / "pulumi" / "passphrase"


def lock_of(cloud: LocalCloud) -> Path:
    """Held by whoever starts, stops or deletes the cloud: two at once would start its programs twice."""
    return cloud.home / "run" / "lock"


def start(cloud: LocalCloud, progress: Callable[[str], None]) -> None:
    """Start what does not run yet and wait until all of it answers.

    Raises LocalCloudError if a port is taken, a program ends while it starts, or some run at other ports.
    """
    with locked(lock_of(cloud)):
        _start(cloud, progress)


def _start(cloud: LocalCloud, progress: Callable[[str], None]) -> None:
    missing = [name for name in programs() if processes.find(record_of(cloud, name)) is None]
    if len(missing) < len(programs()):
        cloud.require_remembered_port()
    for name in missing:
        require_free_ports(cloud, name)
    prepare_home(cloud)
    processes.raise_open_files()
    for name in missing:
        processes.start(
            record_of(cloud, name),
            [sys.executable, "-m", *programs()[name]],
            {**client_environment(cloud), "PYTHONUNBUFFERED": "1"},
            log_of(cloud, name),
        )
    for name in missing:
        wait_until_ready(cloud, name)
        progress(f"{name} listens on port {', '.join(map(str, ports_of(cloud, name)))}")


def require_running(cloud: LocalCloud) -> None:
    """Raises LocalCloudError that names what does not run, or runs at other ports."""
    stopped = [name for name in programs() if processes.find(record_of(cloud, name)) is None]
    if stopped:
        raise LocalCloudError(f"the local cloud in {cloud.home} does not run ({', '.join(stopped)}): start it first")
    cloud.require_remembered_port()


def stop(cloud: LocalCloud) -> None:
    """End every program of the cloud; what it keeps on disk stays."""
    if cloud.home.exists():
        with locked(lock_of(cloud)):
            _end(cloud)


def delete(cloud: LocalCloud) -> None:
    """Stop the cloud, and remove its home."""
    with locked(lock_of(cloud)):
        _end(cloud)
        shutil.rmtree(cloud.home)


def _end(cloud: LocalCloud) -> None:
    # Jobs and pods end before the services that they use.
    first = [name for name, service in services().items() if service.stops_first]
    processes.stop([record_of(cloud, name) for name in first])
    processes.stop([record_of(cloud, name) for name in programs() if name not in first])


def status(cloud: LocalCloud) -> Iterator[Status]:
    """How each program is."""
    for name in programs():
        process = processes.find(record_of(cloud, name))
        yield Status(name, ports_of(cloud, name), process.pid if process else None, family_memory(process))


def family_memory(process: psutil.Process | None) -> int:
    """Resident bytes of a process and all of its descendants."""
    if process is None:
        return 0
    total = 0
    for member in processes.family(process):
        with suppress(psutil.NoSuchProcess):
            total += member.memory_info().rss
    return total


def require_free_ports(cloud: LocalCloud, program: str) -> None:
    for port in ports_of(cloud, program):
        if not loopback.is_free(("127.0.0.1", port)):
            raise LocalCloudError(
                f"port {port}, which {program} needs, is taken by another program: "
                f"end it, or set LOCALCLOUD_PORT to the first of {port_count()} free ports"
            )


def prepare_home(cloud: LocalCloud) -> None:
    """Make the home with what has to be there before any program starts: where it is, and its state's passphrase."""
    cloud.remember()
    if not passphrase_of(cloud).exists():
        write_atomic(passphrase_of(cloud), secrets.token_urlsafe(24).encode())


def wait_until_ready(cloud: LocalCloud, program: str) -> None:
    """Wait until every port of a program answers.

    Raises LocalCloudError with the last line of the program's log if it ends first or takes too long.
    """
    deadline = time.monotonic() + START_TIMEOUT_S
    while not all(answers(cloud, program, port) for port in ports_of(cloud, program)):
        if processes.find(record_of(cloud, program)) is None or time.monotonic() > deadline:
            log = log_of(cloud, program)
            lines = log.read_text(errors="replace").strip().splitlines() or ["it wrote no log"]
            _end(cloud)
            raise LocalCloudError(f"{program} did not start: {lines[-1]} (whole log: {log})")
        time.sleep(POLL_S)


def answers(cloud: LocalCloud, program: str, port: int) -> bool:
    """Whether a port answers: a service's health check, or the listening socket of another program."""
    if program not in services():
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", port)) == 0
    try:
        with DIRECTLY.open(f"{cloud.url(program)}/healthz", timeout=2) as response:
            return response.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def client_environment(cloud: LocalCloud) -> dict[str, str]:
    """What the real Pulumi CLI, the embedded engine and Google's clients need to use this cloud as its owner.

    PATH gains the virtual environment's programs and gke-gcloud-auth-plugin.
    """
    path = os.pathsep.join([str(BIN), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return {
        "PATH": path,
        **cloud.environment(),
        **cloud.job_environment(OWNER),
        **endpoint_overrides(cloud),
        **{name: value for service in services() for name, value in cloud.client_variables(service).items()},
        "PULUMI_DEBUG_PROVIDERS": ",".join(
            f"{name.removesuffix('_provider')}:{cloud.port_of(name)}" for name in PROVIDERS
        ),
        "PULUMI_BACKEND_URL": f"file://{cloud.folder('pulumi')}",
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(passphrase_of(cloud)),
    }


def endpoint_overrides(cloud: LocalCloud) -> dict[str, str]:
    """gcloud's properties api_endpoint_overrides/API as variables: the root of each API, which has to end in a slash.

    Source: https://cloud.google.com/sdk/gcloud/reference/topic/endpoint-override
    """
    return {
        f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{api.upper()}": f"{cloud.url(name)}/"
        for name, service in services().items()
        for api in service.apis
    }
