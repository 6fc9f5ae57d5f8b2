"""A local cloud of IAM and Kubernetes for these tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import psutil

from localcloud.images import registry as images
from localcloud.services.kubernetes.node.processes import writes_below
from localcloud.settings import OWNER, LocalCloud
from tests.paths import REPOSITORY
from tests.ports import free_port_base
from tests.waiting import PATIENCE_S, wait_for

PARENT = "/v1/projects/a-project/locations/europe-west1"
APP = "europe-west1-docker.pkg.dev/a-project/apps/web"
DOCKERFILE = 'FROM python:3.11\nENV COLOUR={}\nWORKDIR /app\nCOPY server.py .\nENTRYPOINT ["python", "server.py"]\n'
Found = TypeVar("Found")


def wait(condition: Callable[[], Found | None], what: str) -> Found:
    """The first true value of a condition."""
    return existing(wait_for(condition, what=what))


def existing(value: Found | None) -> Found:
    """A value that has to be there."""
    assert value is not None
    return value


class Cloud:
    """A local cloud of IAM and Kubernetes in processes of their own, with the images APP:blue and APP:green."""

    def __init__(self, home: Path) -> None:
        self.settings = LocalCloud(home=home, port=free_port_base())
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        for colour in ("blue", "green"):
            dockerfile = home / f"Dockerfile.{colour}"
            dockerfile.write_text(DOCKERFILE.format(colour))
            images.build(dockerfile, Path(__file__).parent / "app", f"{APP}:{colour}", self.settings)

    def start(self, *services: str) -> None:
        """Start services beside each other; returns when all answer."""
        for service in services:
            log = (self.settings.home / f"{service}.log").open("ab")
            self.processes[service] = subprocess.Popen(
                [sys.executable, "-m", "localcloud.services", service],
                env={**os.environ, **self.settings.environment(), "PYTHONPATH": str(REPOSITORY)},
                stdout=log,
                stderr=log,
            )
        for service in services:
            wait(lambda service=service: self._answers(service), f"{service} is up")

    def _answers(self, service: str) -> bool:
        assert self.processes[service].poll() is None, (self.settings.home / f"{service}.log").read_text()
        try:
            return urllib.request.urlopen(f"{self.settings.url(service)}/healthz").status == 200
        except urllib.error.URLError:
            return False

    def stop(self, service: str, number: signal.Signals = signal.SIGTERM) -> None:
        process = self.processes.pop(service)
        process.send_signal(number)
        try:
            process.wait(PATIENCE_S)
        finally:
            process.kill()  # does nothing to one that has ended

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """A call of the GKE API; the error's body for an error."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.settings.url("kubernetes") + path, data, headers, method=method)
        try:
            return json.load(urllib.request.urlopen(request))
        except urllib.error.HTTPError as error:
            return json.load(error)

    def done(self, operation: dict[str, Any]) -> None:
        """Wait until an operation is done."""
        path = f"{PARENT}/operations/{operation['name']}"
        wait(lambda: self.call("GET", path)["status"] == "DONE", f"{operation['operationType']} is done")

    def kubeconfig(self, cluster: dict[str, Any], email: str = OWNER) -> dict[str, Any]:
        """As `gcloud container clusters get-credentials` writes it."""
        server = {
            "server": f"https://{cluster['endpoint']}",
            "certificate-authority-data": cluster["masterAuth"]["clusterCaCertificate"],
        }
        plugin = {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "command": str(REPOSITORY / "localcloud" / "bin" / "gke-gcloud-auth-plugin"),
            "env": [
                {"name": "GOOGLE_APPLICATION_CREDENTIALS", "value": str(self.settings.credentials(email))},
                {"name": "PATH", "value": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
            ],
            "interactiveMode": "Never",
        }
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": server}],
            "users": [{"name": "u", "user": {"exec": plugin}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }

    def processes_of_pods(self) -> list[int]:
        """Processes that write below this cloud's home: its containers."""
        logs = (self.settings.home / "kubernetes").resolve()
        return [pid for pid in psutil.pids() if writes_below(pid, logs)]


def fetch(address: str | None, path: str = "/", port: int = 8080) -> Any:
    """An answer of the test's server (app/server.py) in a pod or behind a Service."""
    return json.load(urllib.request.urlopen(f"http://{existing(address)}:{port}{path}", timeout=PATIENCE_S))
