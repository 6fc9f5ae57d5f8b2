"""A cluster as it is on a machine that has no address but 127.0.0.1, such as one with macOS: as a whole."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes import client

from localcloud import loopback
from localcloud.services.kubernetes.api.addresses import POD_PORTS
from localcloud.services.record_store import RecordStore
from tests.localcloud.services.kubernetes.bodies import deployment, image_patch, pod, service, shell
from tests.localcloud.services.kubernetes.harness import APP, PARENT, Cloud, existing, fetch, wait
from tests.localcloud.services.kubernetes.kube import Kube, container_of, names, refusal
from tests.ports import free_port_base

HOST = "127.0.0.1"


@pytest.fixture(scope="module")
def kube(own_cloud: Cloud) -> Iterator[Kube]:
    """A cluster that was put at HOST when it was made."""
    own_cloud.call("POST", f"{PARENT}/clusters", {"cluster": {"name": "narrow", "initialNodeCount": 1}})
    own_cloud.stop("kubernetes")
    folder, name = own_cloud.settings.home / "kubernetes", f"{PARENT.removeprefix('/v1/')}/clusters/narrow"
    record = RecordStore(folder / "clusters").require(name)
    record["body"]["endpoint"] = f"{HOST}:{free_port_base(1)}"
    RecordStore(folder / "clusters").put(name, record)
    shutil.rmtree(folder / "state")
    own_cloud.start("kubernetes")
    yield Kube(own_cloud, "narrow")
    own_cloud.done(own_cloud.call("DELETE", f"{PARENT}/clusters/narrow"))


def ports_of(pods: list[client.V1Pod]) -> list[int]:
    """The ports of this machine that pods were given."""
    assert {existing(pod.status).pod_ip for pod in pods} == {existing(pod.status).host_ip for pod in pods} == {HOST}
    return [existing(port.host_port) for pod in pods for port in existing(existing(pod.spec).containers[0].ports)]


def port_seen(answer: dict[str, Any]) -> int:
    """The port that a server (app/server.py) was told."""
    return int(answer["args"][1].removeprefix("--port="))


def test_replicas_behind_a_load_balancer(own_cloud: Cloud, kube: Kube) -> None:
    """A Deployment as the platform's serving service is: host and port by its arguments, probes by its port."""
    port = free_port_base(1)
    kube.deploy("default", deployment())
    kube.expose("default", service(port=port))
    pods = kube.ready("default", 2)
    given = ports_of(pods)
    assert len(set(given)) == 2
    assert set(given) <= set(POD_PORTS)
    assert [port_seen(fetch(HOST, port=number)) for number in given] == given
    assert kube.service_ip("default") == HOST
    assert {port_seen(fetch(HOST, port=port)) for _ in range(6)} == set(given)
    subsets = existing(kube.core.read_namespaced_endpoints("web", "default").subsets)
    assert {existing(subset.ports)[0].port for subset in subsets} == set(given)
    (name, _) = names(pods)
    path = f"/api/v1/namespaces/default/pods/{name}:8080/proxy/through"
    assert json.load(kube.open("GET", path))["path"] == "/through"

    own_cloud.stop("kubernetes", signal.SIGKILL)
    own_cloud.start("kubernetes")
    kube.connect()
    assert sorted(ports_of(kube.ready("default", 2))) == sorted(given)
    kube.apps.patch_namespaced_deployment("web", "default", image_patch("green"))
    kube.rolled_out("default")
    pods = kube.ready("default", 2)
    assert {fetch(HOST, port=port)["env"]["COLOUR"] for _ in range(6)} == {"green"}
    with pytest.raises(client.ApiException) as caught:
        kube.expose("default", service("other", port))
    assert refusal(caught)[::2] == (
        422,
        f'Service "other" is invalid: spec.ports[0].port: Invalid value: {port}: '
        "another Service has it at the one address here",
    )
    env = [{"name": "OTHER", "value": "$(WEB_SERVICE_HOST):$(WEB_SERVICE_PORT)"}]
    kube.start("default", pod("finder", env=env))
    (number,) = ports_of(kube.ready("default", 1, "finder"))
    assert fetch(HOST, port=number)["env"]["OTHER"] == f"{HOST}:{port}"


def test_a_port_of_another_program_keeps_a_load_balancer_waiting(kube: Kube) -> None:
    port = free_port_base(1)
    with loopback.listen((HOST, port)):
        kube.expose("default", service("late", port))
        assert kube.event("default", "FailedToListen") == (
            f"can't listen on {HOST}:{port}: Address already in use (end the program that has it, or choose another)"
        )
        status = existing(kube.core.read_namespaced_service("late", "default").status)
        assert existing(status.load_balancer).ingress is None
    assert kube.service_ip("default", "late") == HOST


def test_a_process_that_can_not_be_told_its_port_is_refused(kube: Kube) -> None:
    kube.start("default", shell("deaf", "sleep 600", ports=[{"containerPort": 8080}], image=f"{APP}:blue"))

    def waiting() -> tuple[str | None, str] | None:
        status = container_of(kube.pod("default", "deaf"))
        state = existing(status.state).waiting if status else None
        return (state.reason, state.message) if state and state.message else None

    reason, message = wait(waiting, "the container waits")
    assert reason == "CreateContainerConfigError"
    assert message.startswith("containerPort 8080 of container main is named in no command, args or env")
