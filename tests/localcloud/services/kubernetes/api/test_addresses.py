"""Addresses of a cluster: which are free, in which order they are given."""

from __future__ import annotations

import pytest

from localcloud.services.kubernetes.api.addresses import (
    PODS,
    SERVICES,
    Addresses,
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
    return Addresses("127.20.1", store)


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
