"""Connections to a Service: over ready pods, evenly, past one that does not answer."""

from __future__ import annotations

import asyncio
import http.client
import urllib.error

import pytest

from localcloud import loopback
from localcloud.services.kubernetes.api.store import Object, Store
from localcloud.services.kubernetes.network.service_proxy import ServiceProxy
from tests.localcloud.services.kubernetes.bodies import deployment, service
from tests.localcloud.services.kubernetes.harness import existing, fetch, wait
from tests.localcloud.services.kubernetes.in_process import ready_pod
from tests.localcloud.services.kubernetes.kube import Kube, address_of, is_ready


def test_service_balances_over_ready_pods_only(kube: Kube, namespace: str) -> None:
    kube.deploy(namespace, deployment())
    kube.expose(namespace, service())
    pods = kube.ready(namespace, 2)
    address = kube.service_ip(namespace)
    cluster_ip = existing(existing(kube.core.read_namespaced_service("web", namespace).spec).cluster_ip)
    assert address != cluster_ip
    for entry in (address, cluster_ip):
        assert {fetch(entry)["env"]["POD_IP"] for _ in range(6)} == {address_of(pod) for pod in pods}
    first, second = map(address_of, pods)
    fetch(first, "/unready")
    wait(lambda: [is_ready(pod) for pod in kube.pods(namespace)].count(False) == 1, "one pod unready")
    assert {fetch(address)["env"]["POD_IP"] for _ in range(6)} == {second}
    subset = existing(kube.core.read_namespaced_endpoints("web", namespace).subsets)[0]
    assert [entry.ip for entry in existing(subset.addresses)] == [second]
    assert [entry.ip for entry in existing(subset.not_ready_addresses)] == [first]
    assert any("503" in message for message in kube.events(namespace, "Unhealthy"))


def test_a_service_without_ready_pods_refuses(kube: Kube, namespace: str) -> None:
    kube.expose(namespace, service())
    with pytest.raises((urllib.error.URLError, ConnectionError, http.client.HTTPException)):
        fetch(kube.service_ip(namespace))


def test_connections_go_to_the_pod_with_the_fewest_and_pass_over_a_dead_one(store: Store) -> None:
    """Pods at 127.0.0.2 and .3 answer, the one at .4 does not listen; all behind 127.0.0.5."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{writer.get_extra_info('sockname')[0]}\n".encode())
        writer.write(await reader.read())
        writer.close()

    async def scenario() -> None:
        servers = [await asyncio.start_server(answer, "127.0.0.2", 0)]
        port = servers[0].sockets[0].getsockname()[1]
        servers.append(await asyncio.start_server(answer, "127.0.0.3", port))
        for last in (2, 3, 4):
            store.create("pods", ready_pod(f"p{last}", f"127.0.0.{last}", app="x"))
        spec = {
            "clusterIP": "127.0.0.5",
            "selector": {"app": "x"},
            "ports": [{"port": port, "targetPort": port, "protocol": "TCP"}],
        }
        exposed = store.create("services", {"metadata": {"namespace": "default", "name": "s"}, "spec": spec})
        proxy = ServiceProxy(store)
        assert proxy.listen(exposed, "127.0.0.1") == []
        opened = [await asyncio.open_connection("127.0.0.5", port) for _ in range(4)]
        firsts = [await reader.readline() for reader, _ in opened]
        assert sorted(firsts) == [b"127.0.0.2\n", b"127.0.0.2\n", b"127.0.0.3\n", b"127.0.0.3\n"]
        reader, writer = opened[0]
        writer.write(b"to the end")
        writer.write_eof()
        assert await reader.read() == b"to the end"
        proxy.remove(("default", "s"))
        assert await opened[1][0].read() == b""  # the Service is gone, and its connections with it
        for server in servers:
            server.close()

    asyncio.run(scenario())


def exposed_at(address: str, port: int) -> Object:
    ports = [{"port": port, "protocol": "TCP"}]
    return {"metadata": {"namespace": "default", "name": "s"}, "spec": {"clusterIP": address, "ports": ports}}


def test_an_address_that_cannot_be_had_is_told(store: Store) -> None:
    (problem,) = ServiceProxy(store).listen(exposed_at("192.0.2.1", 8080), "127.0.0.1")
    assert problem.startswith("can't listen on 192.0.2.1:8080: ")


def test_a_port_of_another_program_is_told_with_what_to_do(store: Store) -> None:
    with loopback.listen(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        (problem,) = ServiceProxy(store).listen(exposed_at("127.0.0.1", port), "127.0.0.1")
    said = f"can't listen on 127.0.0.1:{port}: Address already in use (end the program that has it, or choose another)"
    assert problem == said
