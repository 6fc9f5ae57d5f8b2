"""The official client of one cluster, and what tests do with it over and over."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, Self, TypeVar

import pytest
from kubernetes import client, watch
from kubernetes.config import new_client_from_config_dict

from tests.localcloud.services.kubernetes.harness import PARENT, Cloud, existing, wait
from tests.waiting import PATIENCE_S


class HasMetadata(Protocol):
    @property
    def metadata(self) -> client.V1ObjectMeta | None: ...


class Model(HasMetadata, Protocol):
    """A class of the client's models that have metadata."""

    @classmethod
    def from_dict(cls, obj: dict[str, Any] | None) -> Self | None: ...


AnyModel = TypeVar("AnyModel", bound=Model)


def model(kind: type[AnyModel], body: dict[str, Any]) -> AnyModel:
    """A body in the client's own form."""
    return existing(kind.from_dict(body))


def meta(obj: HasMetadata) -> client.V1ObjectMeta:
    return existing(obj.metadata)


def names(objects: Iterable[HasMetadata]) -> list[str]:
    return [existing(meta(obj).name) for obj in objects]


def version(obj: HasMetadata) -> str:
    return existing(meta(obj).resource_version)


def container_of(pod: client.V1Pod) -> client.V1ContainerStatus | None:
    """The status of a pod's first container, once there is one."""
    statuses = pod.status.container_statuses if pod.status else None
    return statuses[0] if statuses else None


def address_of(pod: client.V1Pod) -> str:
    return existing(existing(pod.status).pod_ip)


def is_ready(pod: client.V1Pod) -> bool:
    return any(entry.type == "Ready" and entry.status == "True" for entry in existing(pod.status).conditions or [])


def conditions(
    found: client.V1Deployment | client.V2HorizontalPodAutoscaler,
) -> dict[str, tuple[str | None, str | None]]:
    """The status and the reason of each condition."""
    listed = existing(found.status).conditions or []
    return {existing(entry.type): (entry.status, entry.reason) for entry in listed}


def refusal(caught: pytest.ExceptionInfo[client.ApiException]) -> tuple[int | None, str, str]:
    """Code, reason and message of the Status object that was answered."""
    body = json.loads(str(caught.value.body))
    assert body["kind"] == "Status"
    return caught.value.status, body["reason"], body["message"]


class Kube:
    """Clients of one cluster."""

    def __init__(self, cloud: Cloud, name: str) -> None:
        self.cloud, self.name = cloud, name
        self.namespaces: list[str] = []  # those that tests made
        self.connect()

    def connect(self) -> None:
        self.body = self.cloud.call("GET", f"{PARENT}/clusters/{self.name}")
        self.api = new_client_from_config_dict(self.cloud.kubeconfig(self.body))
        self.core, self.apps = client.CoreV1Api(self.api), client.AppsV1Api(self.api)
        self.scaling, self.policy = client.AutoscalingV2Api(self.api), client.PolicyV1Api(self.api)

    def make_namespace(self, name: str) -> None:
        self.core.create_namespace(model(client.V1Namespace, {"metadata": {"name": name}}))
        self.namespaces.append(name)

    def gone(self, namespace: str) -> None:
        """Wait until a namespace is no more."""
        wait(lambda: namespace not in names(self.core.list_namespace().items), namespace)

    def deploy(self, namespace: str, body: dict[str, Any]) -> client.V1Deployment:
        return self.apps.create_namespaced_deployment(namespace, model(client.V1Deployment, body))

    def expose(self, namespace: str, body: dict[str, Any]) -> client.V1Service:
        return self.core.create_namespaced_service(namespace, model(client.V1Service, body))

    def start(self, namespace: str, body: dict[str, Any]) -> client.V1Pod:
        return self.core.create_namespaced_pod(namespace, model(client.V1Pod, body))

    def configure(self, namespace: str, body: dict[str, Any], **options: Any) -> client.V1ConfigMap:
        return self.core.create_namespaced_config_map(namespace, model(client.V1ConfigMap, body), **options)

    def hide(self, namespace: str, body: dict[str, Any]) -> client.V1Secret:
        return self.core.create_namespaced_secret(namespace, model(client.V1Secret, body))

    def pod(self, namespace: str, name: str) -> client.V1Pod:
        return self.core.read_namespaced_pod(name, namespace)

    def pods(self, namespace: str, app: str = "web") -> list[client.V1Pod]:
        return self.core.list_namespaced_pod(namespace, label_selector=f"app={app}").items

    def ready(self, namespace: str, count: int, app: str = "web") -> list[client.V1Pod]:
        """Wait until exactly so many pods are there, all ready."""

        def look() -> list[client.V1Pod] | None:
            pods = self.pods(namespace, app)
            return pods if len(pods) == count and all(map(is_ready, pods)) else None

        return wait(look, f"{count} ready pods of {app} in {namespace}")

    def phase(self, namespace: str, name: str, wanted: str) -> client.V1PodStatus:
        """Wait until a pod is in a phase."""

        def look() -> client.V1PodStatus | None:
            status = existing(self.pod(namespace, name).status)
            return status if status.phase == wanted else None

        return wait(look, f"pod {name} is {wanted}")

    def restarted(self, namespace: str, name: str) -> client.V1ContainerStatus:
        """Wait until a pod's first container was started again."""

        def look() -> client.V1ContainerStatus | None:
            status = container_of(self.pod(namespace, name))
            return status if status and status.restart_count >= 1 else None

        return wait(look, f"{name} is started again")

    def rolled_out(self, namespace: str, name: str = "web") -> client.V1Deployment:
        """Wait until a Deployment is complete."""

        def look() -> client.V1Deployment | None:
            found = self.apps.read_namespaced_deployment(name, namespace)
            status, replicas = found.status, existing(found.spec).replicas
            if status is None:  # no controller has looked at it yet
                return None
            current = status.observed_generation == meta(found).generation
            complete = (status.updated_replicas, status.replicas, status.available_replicas) == (replicas,) * 3
            return found if current and complete else None

        return wait(look, f"rollout of {name}")

    def progressing(self, namespace: str, reason: str, name: str = "web") -> client.V1Deployment:
        """Wait until a Deployment's rollout is as a reason of its condition Progressing says."""

        def look() -> client.V1Deployment | None:
            found = self.apps.read_namespaced_deployment(name, namespace)
            return found if conditions(found).get("Progressing", ("", ""))[1] == reason else None

        return wait(look, f"{name}: {reason}")

    def events(self, namespace: str, reason: str) -> list[str]:
        listed = self.core.list_namespaced_event(namespace).items
        return [existing(event.message) for event in listed if event.reason == reason]

    def event(self, namespace: str, reason: str) -> str:
        """Wait for an event; its message."""
        return wait(lambda: self.events(namespace, reason), f"event {reason}")[0]

    def log(self, namespace: str, name: str, **options: Any) -> str:
        return self.core.read_namespaced_pod_log(name, namespace, **options)

    def follow(self, namespace: str, name: str) -> Iterator[bytes]:
        """The chunks of a followed log."""
        path = f"/api/v1/namespaces/{namespace}/pods/{name}/log?follow=true"
        with self.open("GET", path) as answer:
            while data := answer.read1():
                yield data

    def service_ip(self, namespace: str, name: str = "web") -> str:
        def look() -> str | None:
            status = existing(self.core.read_namespaced_service(name, namespace).status)
            ingress = existing(status.load_balancer).ingress
            return ingress[0].ip if ingress else None

        return wait(look, "the load balancer has an address")

    def open(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """A request past the client's typed methods, which check bodies themselves."""
        config = self.api.configuration
        token = config.get_api_key_with_prefix("BearerToken") or ""
        said = {"Authorization": token, "Content-Type": "application/json", **headers}
        context = ssl.create_default_context(cafile=config.ssl_ca_cert)
        data = None if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
        request = urllib.request.Request(config.host + path, data, said, method=method)
        return urllib.request.urlopen(request, context=context, timeout=PATIENCE_S)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The JSON that is answered, also for an error."""
        try:
            with self.open(method, path, body, **headers) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            return json.load(refused)


def changes(listed: Callable[..., Any], namespace: str, start: str, **options: Any) -> Iterator[tuple[str, Any]]:
    """The changes of a kind of object from a resourceVersion on, as they come."""
    seconds = PATIENCE_S
    stream = watch.Watch().stream(listed, namespace, resource_version=start, timeout_seconds=seconds, **options)
    for event in stream:
        assert isinstance(event, dict)
        yield event["type"], event["object"]


def until_deleted(listed: Callable[..., Any], namespace: str, start: str) -> list[tuple[str, Any]]:
    """The changes from a resourceVersion on, until the first object is deleted."""
    seen: list[tuple[str, Any]] = []
    for change in changes(listed, namespace, start):
        seen.append(change)
        if change[0] == "DELETED":
            break
    return seen
