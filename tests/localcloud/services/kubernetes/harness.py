"""A local cloud of IAM and Kubernetes for these tests, and the objects they deploy."""

from __future__ import annotations

import base64
import json
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kubernetes import client, watch
from kubernetes.config import new_client_from_config_dict

from localcloud.images import registry as images
from localcloud.settings import OWNER, LocalCloud
from tests.paths import REPOSITORY
from tests.ports import free_port_base

PARENT = "/v1/projects/a-project/locations/europe-west1"
APP = "europe-west1-docker.pkg.dev/a-project/apps/web"
DOCKERFILE = 'FROM python:3.11\nENV COLOUR={}\nWORKDIR /app\nCOPY server.py .\nENTRYPOINT ["python", "server.py"]\n'


DEADLINE_SECONDS = 300.0  # costs nothing while things go well, and a slow machine needs much


def wait(condition: Callable[[], Any], what: str, seconds: float = DEADLINE_SECONDS) -> Any:
    """The first true value of a condition; fails at the deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.1)  # a pause between two looks: what is waited for needs the processor too
    raise AssertionError(f"{what}: not within {seconds} s")


class Cloud:
    """A local cloud of IAM and Kubernetes in processes of their own."""

    def __init__(self, home: Path) -> None:
        self.settings = LocalCloud(home=home, port=free_port_base())
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, service: str) -> None:
        log = (self.settings.home / f"{service}.log").open("ab")
        self.processes[service] = subprocess.Popen(
            [sys.executable, "-m", f"localcloud.services.{service}"],
            env={**os.environ, **self.settings.environment(), "PYTHONPATH": str(REPOSITORY)},
            stdout=log,
            stderr=log,
        )
        wait(lambda: self._answers(service), f"{service} is up")

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
            process.wait(DEADLINE_SECONDS)
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
        found = []
        for entry in Path("/proc").iterdir():
            try:
                target = (entry / "fd" / "1").readlink() if entry.name.isdigit() else Path("/")
            except OSError:
                continue
            if target.is_relative_to(self.settings.home / "kubernetes"):
                found.append(int(entry.name))
        return found


def build(cloud: Cloud, reference: str, colour: str) -> None:
    dockerfile = cloud.settings.home / f"Dockerfile.{colour}"
    dockerfile.write_text(DOCKERFILE.format(colour))
    images.build(dockerfile, Path(__file__).parent / "app", reference, cloud.settings)


class Kube:
    """Clients of one cluster."""

    def __init__(self, cloud: Cloud, name: str) -> None:
        self.cloud, self.name = cloud, name
        self.connect()

    def connect(self) -> None:
        self.body = self.cloud.call("GET", f"{PARENT}/clusters/{self.name}")
        base64.b64decode(self.body["masterAuth"]["clusterCaCertificate"])
        self.api = new_client_from_config_dict(self.cloud.kubeconfig(self.body))
        self.core, self.apps = client.CoreV1Api(self.api), client.AppsV1Api(self.api)
        self.scaling, self.policy = client.AutoscalingV2Api(self.api), client.PolicyV1Api(self.api)

    def pods(self, namespace: str, app: str = "web") -> list[Any]:
        return self.core.list_namespaced_pod(namespace, label_selector=f"app={app}").items

    def ready(self, namespace: str, count: int, app: str = "web") -> list[Any]:
        """Wait until exactly so many pods are there, all ready."""

        def look() -> list[Any] | None:
            pods = self.pods(namespace, app)
            return pods if len(pods) == count and all(map(is_ready, pods)) else None

        return wait(look, f"{count} ready pods of {app} in {namespace}")

    def gone(self, namespace: str) -> None:
        """Wait until a namespace is no more."""
        wait(lambda: namespace not in [entry.metadata.name for entry in self.core.list_namespace().items], namespace)

    def events(self, namespace: str, reason: str) -> list[str]:
        return [e.message for e in self.core.list_namespaced_event(namespace).items if e.reason == reason]

    def service_ip(self, namespace: str, name: str = "web") -> str:
        def look() -> str | None:
            ingress = self.core.read_namespaced_service(name, namespace).status.load_balancer.ingress
            return ingress[0].ip if ingress else None

        return wait(look, "the load balancer has an address")


def call(kube: Kube, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """A request past the client's typed methods, which check bodies themselves. Error bodies are returned."""
    config = kube.api.configuration
    token = {"Authorization": config.get_api_key_with_prefix("BearerToken") or ""}
    context = ssl.create_default_context(cafile=config.ssl_ca_cert)
    data = None if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
    request = urllib.request.Request(config.host + path, data, {**token, **headers}, method=method)
    try:
        with urllib.request.urlopen(request, context=context, timeout=DEADLINE_SECONDS) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        return json.load(refused)


def changes(listed: Callable[..., Any], namespace: str, start: str) -> list[tuple[str, Any]]:
    """The changes of a kind of object from a resourceVersion on, until the first is deleted."""
    seen: list[tuple[str, Any]] = []
    for event in watch.Watch().stream(listed, namespace, resource_version=start, timeout_seconds=int(DEADLINE_SECONDS)):
        seen.append((event["type"], event["object"]))
        if event["type"] == "DELETED":
            break
    return seen


def is_ready(pod: Any) -> bool:
    return any(c.type == "Ready" and c.status == "True" for c in pod.status.conditions or [])


def deployment(name: str = "web", replicas: int = 2, tag: str = "blue", **container: Any) -> dict[str, Any]:
    probe = {"httpGet": {"path": "/ready", "port": "http"}, "periodSeconds": 1, "failureThreshold": 2}
    spec = {
        "name": "web",
        "image": f"{APP}:{tag}",
        "args": ["--host=$(POD_IP)", "--port=8080"],
        "env": [{"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}],
        "ports": [{"name": "http", "containerPort": 8080}],
        "startupProbe": {**probe, "httpGet": {"path": "/started", "port": "http"}, "failureThreshold": 30},
        "readinessProbe": probe,
        "resources": {"requests": {"cpu": "100m", "memory": "32Mi"}},
    }
    spec["env"] = [*spec["env"], *container.pop("env", [])]
    return {
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{**spec, **container}], "terminationGracePeriodSeconds": 5},
            },
        },
    }


def service(name: str = "web", port: int = 8080) -> dict[str, Any]:
    ports = [{"name": "http", "port": port, "targetPort": "http"}]
    return {"metadata": {"name": name}, "spec": {"type": "LoadBalancer", "selector": {"app": name}, "ports": ports}}


def fetch(address: str, path: str = "/", port: int = 8080) -> Any:
    return json.load(urllib.request.urlopen(f"http://{address}:{port}{path}", timeout=DEADLINE_SECONDS))
