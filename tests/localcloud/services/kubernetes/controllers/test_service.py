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
    monkeypatch.setattr(proxy, "listen", lambda service, host: None)
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
