"""Addresses and node ports of Services."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes import client

from localcloud.services.kubernetes.api.addresses import OneAddress
from localcloud.services.kubernetes.api.errors import ApiError
from localcloud.services.kubernetes.api.service_allocation import allocate
from tests.localcloud.services.kubernetes.harness import existing
from tests.localcloud.services.kubernetes.in_process import InProcess
from tests.localcloud.services.kubernetes.kube import Kube, refusal


def node_ports(found: client.V1Service) -> list[int]:
    return [existing(port.node_port) for port in existing(existing(found.spec).ports)]


def test_node_ports_are_given_once(kube: Kube, namespace: str) -> None:
    def made(name: str, *wanted: int | None) -> list[int]:
        ports = [
            {"name": f"p{index}", "port": 8080 + index, **({"nodePort": port} if port else {})}
            for index, port in enumerate(wanted)
        ]
        spec = {"type": "NodePort", "selector": {"app": "x"}, "ports": ports}
        return node_ports(kube.expose(namespace, {"metadata": {"name": name}, "spec": spec}))

    (first,) = made("first", None)
    assert made("second", first + 1) == [first + 1]
    given = made("third", None, None, first + 2)
    assert len({first, first + 1, *given}) == 5
    for taken, why in ((first, "provided port is already allocated"), (80, "the range of node ports is 30000-32767")):
        with pytest.raises(client.ApiException) as caught:
            made("fourth", taken)
        status, _, message = refusal(caught)
        assert (status, why in message) == (422, True)
    again = kube.core.patch_namespaced_service("third", namespace, {"metadata": {"labels": {"a": "b"}}})
    assert node_ports(again) == given


def exposed(cluster: InProcess, name: str, **spec: Any) -> dict[str, Any]:
    body = {"metadata": {"name": name}, "spec": {"ports": [{"port": 80}], **spec}}
    return cluster.create("services", body)["spec"]


def test_cluster_addresses_are_given_once(in_process: InProcess) -> None:
    first, second = exposed(in_process, "a")["clusterIP"], exposed(in_process, "b")["clusterIP"]
    prefix = in_process.cluster.addresses.prefix
    assert (first, second) == (f"{prefix}.192", f"{prefix}.193")
    assert exposed(in_process, "c", clusterIP=f"{prefix}.200")["clusterIPs"] == [f"{prefix}.200"]
    for wanted in (first, f"{prefix}.2", "10.0.0.1"):
        with pytest.raises(ApiError, match="is taken or not in") as caught:
            exposed(in_process, "d", clusterIP=wanted)
        assert caught.value.code == 422


def test_headless_and_external_services_take_none(in_process: InProcess) -> None:
    assert exposed(in_process, "a", clusterIP="None")["clusterIP"] == "None"
    assert "clusterIP" not in exposed(in_process, "b", type="ExternalName", externalName="example.com")
    assert exposed(in_process, "c")["clusterIP"].endswith(".192")


def test_a_service_keeps_its_address_and_gives_its_node_ports_back(in_process: InProcess) -> None:
    before = exposed(in_process, "a", type="NodePort")
    path, merge = "/api/v1/namespaces/default/services/a", {"Content-Type": "application/merge-patch+json"}
    plain = in_process.call("PATCH", path, {"spec": {"type": "ClusterIP", "clusterIP": None}}, **merge)["spec"]
    assert plain["clusterIP"] == before["clusterIP"]
    assert "nodePort" not in plain["ports"][0]
    assert exposed(in_process, "b", type="NodePort")["ports"][0]["nodePort"] == before["ports"][0]["nodePort"]


def test_at_one_address_no_two_services_have_one_port(in_process: InProcess) -> None:
    addresses = OneAddress("127.0.0.1", in_process.store)
    for name, port in (("a", 8080), ("b", 8081)):
        spec = {"type": "ClusterIP", "ports": [{"port": port, "protocol": "TCP"}]}
        made: dict[str, Any] = {"metadata": {"name": name, "namespace": "default"}, "spec": spec}
        allocate(addresses, made)
        in_process.store.create("services", made)
        assert made["spec"]["clusterIP"] == "127.0.0.1"
    allocate(addresses, made, made)  # itself is no other
    made["spec"]["ports"][0]["port"] = 8080
    with pytest.raises(ApiError, match="8080: another Service has it at the one address here") as caught:
        allocate(addresses, made, made)
    assert caught.value.code == 422
