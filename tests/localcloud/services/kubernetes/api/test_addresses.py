"""Addresses of a cluster: which are free, in which order they are given."""

from __future__ import annotations

import pytest

from localcloud import loopback
from localcloud.services.kubernetes.api.addresses import (
    POD_PORTS,
    PODS,
    SERVICES,
    Addresses,
    OneAddress,
    container_ports,
    is_on_host_network,
    load_balancer_addresses,
    service_addresses,
)
from localcloud.services.kubernetes.api.errors import ApiError
from localcloud.services.kubernetes.api.store import Object, Store
from tests.localcloud.services.kubernetes.in_process import ready_pod


def exposed(name: str, address: str, *balancers: str, node_port: int = 0) -> Object:
    port = {"port": 80, **({"nodePort": node_port} if node_port else {})}
    ingress = [{"ip": balancer} for balancer in balancers]
    return {
        "metadata": {"name": name, "namespace": "n"},
        "spec": {"clusterIP": address, "ports": [port]},
        "status": {"loadBalancer": {"ingress": ingress}},
    }


@pytest.fixture
def addresses(store: Store) -> Addresses:
    return Addresses("127.20.1.1", store)


def test_the_pod_address_that_was_free_longest_comes_first(addresses: Addresses, store: Store) -> None:
    assert (addresses.host, addresses.for_pod(), addresses.for_pod()) == ("127.20.1.1", "127.20.1.2", "127.20.1.3")
    store.create("pods", ready_pod("p", "127.20.1.4"))
    assert addresses.for_pod() == "127.20.1.5"
    for last in range(6, PODS.stop):
        assert addresses.for_pod() == f"127.20.1.{last}"
    assert addresses.for_pod() == "127.20.1.2"  # from the start again


def test_a_pod_that_is_done_needs_its_address_no_more(addresses: Addresses, store: Store) -> None:
    for last in PODS:
        store.create("pods", ready_pod(f"p{last}", f"127.20.1.{last}"))
    with pytest.raises(ApiError, match="all 190 pod addresses") as caught:
        addresses.for_pod()
    assert caught.value.code == 503
    store.modify("pods", "default", "p77", lambda pod: pod["status"].update(phase="Failed"))
    assert addresses.for_pod() == "127.20.1.77"


def test_services_and_load_balancers_share_a_range(addresses: Addresses, store: Store) -> None:
    assert addresses.for_service() == "127.20.1.192"
    store.create("services", exposed("a", "127.20.1.192", "127.20.1.193"))
    assert addresses.for_service() == "127.20.1.194"
    assert addresses.for_service("127.20.1.254") == "127.20.1.254"
    with pytest.raises(ApiError, match=r"127\.20\.1\.193.: it is taken or not in 127\.20\.1\.192-254") as caught:
        addresses.for_service("127.20.1.193")
    assert caught.value.code == 422
    for last in SERVICES:
        store.create("services", exposed(f"s{last}", f"127.20.1.{last}"))
    with pytest.raises(ApiError, match="all 63 Service addresses"):
        addresses.for_service()


def test_a_service_s_own_node_ports_are_not_taken_from_it(addresses: Addresses, store: Store) -> None:
    own = store.create("services", exposed("a", "127.20.1.192", node_port=30001))
    store.create("services", exposed("b", "127.20.1.193", node_port=30002))
    assert addresses.node_ports(besides=own) == {30002}


def test_the_addresses_that_a_service_has() -> None:
    assert service_addresses(exposed("a", "127.20.1.192", "127.20.1.193")) == ["127.20.1.192", "127.20.1.193"]
    assert service_addresses(exposed("a", "None")) == []
    assert load_balancer_addresses({"spec": {}}) == []


def serving(name: str, *ports: int, host_port: int = 0) -> Object:
    """A pod that declares ports, one of a sidecar and others of its main container."""
    sidecar, *main = [{"containerPort": port, **({"hostPort": host_port} if host_port else {})} for port in ports]
    pod = ready_pod(name, "127.0.0.1")
    pod["spec"] = {"initContainers": [{"name": "s", "ports": [sidecar]}], "containers": [{"name": "m", "ports": main}]}
    return pod


def test_at_one_address_each_port_of_a_pod_has_a_free_number(store: Store) -> None:
    addresses = OneAddress("127.0.0.1", store)
    first, second = serving("a", 9090, 8080), serving("b", 9090, 8080)
    for pod in (first, second):
        addresses.give_ports(pod)
        pod["status"] |= {"podIP": addresses.for_pod(), "hostIP": addresses.host}
        store.create("pods", pod)
        assert is_on_host_network(pod)
    given = [port["hostPort"] for pod in (first, second) for port in container_ports(pod)]
    assert len(set(given)) == 4
    assert set(given) <= set(POD_PORTS)
    assert all(loopback.is_free(("127.0.0.1", port)) for port in given)
    addresses.give_ports(first)
    assert [port["hostPort"] for port in container_ports(first)] == given[:2], "what it has it keeps"


def test_at_one_address_a_port_that_is_asked_for_is_given(store: Store) -> None:
    pod = serving("a", 8080, host_port=25000)
    OneAddress("127.0.0.1", store).give_ports(pod)
    assert container_ports(pod) == [{"containerPort": 8080, "hostPort": 25000}]


def test_at_an_address_of_its_own_a_pod_keeps_its_ports(addresses: Addresses) -> None:
    pod = serving("a", 8080)
    addresses.give_ports(pod)
    pod["status"] |= {"podIP": addresses.for_pod(), "hostIP": addresses.host}
    assert container_ports(pod) == [{"containerPort": 8080}]
    assert not is_on_host_network(pod)
    assert not is_on_host_network({"status": {}})


def test_one_address_is_every_service_s(store: Store) -> None:
    addresses = OneAddress("127.0.0.1", store)
    assert addresses.for_service() == addresses.for_service("127.0.0.1") == "127.0.0.1"
    with pytest.raises(ApiError, match=r"127\.0\.0\.2': it is not 127\.0\.0\.1, the one address here") as caught:
        addresses.for_service("127.0.0.2")
    assert caught.value.code == 422
    own = store.create("services", exposed("a", "127.0.0.1"))
    store.create("services", exposed("headless", "None"))
    assert addresses.service_ports(besides=own) == set()
    assert addresses.service_ports(besides=exposed("b", "127.0.0.1")) == {80}


def test_a_node_port_of_another_program_is_passed_over(addresses: Addresses) -> None:
    with loopback.listen((addresses.host, 30001)):
        assert addresses.free_node_port({30000}) == 30002
