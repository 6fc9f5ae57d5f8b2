"""What a Service gets: a load balancer's address, Endpoints and an EndpointSlice."""

from __future__ import annotations

import pytest

from localcloud.services.kubernetes.controllers.service import SLICES, ServiceController
from tests.localcloud.services.kubernetes.bodies import service
from tests.localcloud.services.kubernetes.in_process import InProcess, ready_pod


@pytest.fixture
def controller(in_process: InProcess, monkeypatch: pytest.MonkeyPatch) -> ServiceController:
    """Without the listeners of the Service proxy, which need an event loop and addresses of this machine."""
    proxy = in_process.runtime.proxy
    monkeypatch.setattr(proxy, "listen", lambda service, host: [])
    return ServiceController(in_process.cluster, proxy)


def test_a_load_balancer_gets_an_address_of_its_own_and_gives_it_back(
    in_process: InProcess, controller: ServiceController
) -> None:
    made = in_process.create("services", service())
    controller.reconcile("default", "web")
    found = in_process.store.require("services", "default", "web")
    (entry,) = found["status"]["loadBalancer"]["ingress"]
    assert entry["ip"] not in {made["spec"]["clusterIP"], in_process.cluster.addresses.host}
    in_process.store.modify("services", "default", "web", lambda obj: obj["spec"].update(type="ClusterIP"))
    controller.reconcile("default", "web")
    assert in_process.store.require("services", "default", "web")["status"] == {"loadBalancer": {}}


def test_endpoints_follow_the_pods(in_process: InProcess, controller: ServiceController) -> None:
    in_process.create("services", service())
    unready = ready_pod("b", "127.1.1.3", app="web")
    unready["status"]["conditions"] = []
    for pod in (ready_pod("a", "127.1.1.2", app="web"), unready, ready_pod("c", "127.1.1.4", app="other")):
        in_process.store.create("pods", pod)
    controller.reconcile("default", "web")
    (subset,) = in_process.store.require("endpoints", "default", "web")["subsets"]
    assert [entry["ip"] for entry in subset["addresses"]] == ["127.1.1.2"]
    assert [entry["ip"] for entry in subset["notReadyAddresses"]] == ["127.1.1.3"]
    assert subset["ports"] == [{"name": "http", "port": 8080, "protocol": "TCP"}]
    slice_ = in_process.store.require(SLICES, "default", "web-local")
    assert slice_["metadata"]["labels"]["kubernetes.io/service-name"] == "web"
    assert [entry["conditions"]["ready"] for entry in slice_["endpoints"]] == [True, False]
    for name in ("a", "b"):
        in_process.store.remove("pods", "default", name)
    controller.reconcile("default", "web")
    assert in_process.store.require("endpoints", "default", "web")["subsets"] == []


def test_with_a_service_its_endpoints_go(in_process: InProcess, controller: ServiceController) -> None:
    in_process.create("services", service())
    controller.reconcile("default", "web")
    in_process.store.remove("services", "default", "web")
    controller.reconcile("default", "web")
    assert in_process.store.list("endpoints") == in_process.store.list(SLICES) == []


def test_a_load_balancer_waits_for_its_ports_and_says_why(
    in_process: InProcess, controller: ServiceController, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_process.create("services", service())
    monkeypatch.setattr(controller.proxy, "listen", lambda service, host: ["can't listen on 127.20.1.192:8080"])
    assert controller.reconcile("default", "web") == 5.0
    status = in_process.store.require("services", "default", "web")["status"]
    assert status["loadBalancer"] == {}
    (condition,) = status["conditions"]
    assert (condition["type"], condition["status"]) == ("LoadBalancerPortsError", "True")
    assert condition["message"] == "can't listen on 127.20.1.192:8080"
    (event,) = [event for event in in_process.store.list("events") if event["type"] == "Warning"]
    assert (event["reason"], event["message"]) == ("FailedToListen", condition["message"])
    before = in_process.store.version
    controller.reconcile("default", "web")
    assert in_process.store.require("services", "default", "web")["metadata"]["resourceVersion"] <= str(before)
    monkeypatch.setattr(controller.proxy, "listen", lambda service, host: [])
    assert controller.reconcile("default", "web") is None
    status = in_process.store.require("services", "default", "web")["status"]
    assert "ingress" in status["loadBalancer"]
    assert "conditions" not in status


def test_pods_with_other_ports_are_in_a_slice_of_their_own(
    in_process: InProcess, controller: ServiceController
) -> None:
    in_process.create("services", service())
    for name, address, port in (("a", "127.1.1.2", 8080), ("b", "127.1.1.3", 9090), ("c", "127.1.1.4", 8080)):
        pod = ready_pod(name, address, app="web")
        pod["spec"]["containers"][0]["ports"][0]["containerPort"] = port
        in_process.store.create("pods", pod)
    controller.reconcile("default", "web")
    subsets = in_process.store.require("endpoints", "default", "web")["subsets"]
    at = {entry["ports"][0]["port"]: [address["ip"] for address in entry["addresses"]] for entry in subsets}
    assert at == {8080: ["127.1.1.2", "127.1.1.4"], 9090: ["127.1.1.3"]}
    slices = in_process.store.list(SLICES)
    found = {entry["ports"][0]["port"]: [end["addresses"][0] for end in entry["endpoints"]] for entry in slices}
    assert found == at
    in_process.store.remove("pods", "default", "b")
    controller.reconcile("default", "web")
    assert [entry["metadata"]["name"] for entry in in_process.store.list(SLICES)] == ["web-local"]
