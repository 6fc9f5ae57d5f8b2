"""Which pods get a Service's connections, and at which port."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.services.kubernetes.api.store import Object, Store
from localcloud.services.kubernetes.network.backing_pods import backends, port_number, selected_pods
from tests.localcloud.services.kubernetes.in_process import ready_pod

PORT = {"port": 80, "targetPort": "http"}


def exposing(**spec: Any) -> Object:
    return {"metadata": {"name": "s", "namespace": "default"}, "spec": {"selector": {"app": "x"}, **spec}}


@pytest.mark.parametrize(
    ("wanted", "number"), [(9, 9), ("9", 9), ("http", 8080), ("metrics", None)]
)  # a name is looked up in the pod's own containers
def test_ports_by_number_and_by_name(wanted: int | str, number: int | None) -> None:
    assert port_number(ready_pod("p", "127.0.0.2"), wanted) == number


def test_only_pods_that_fit_have_an_address_and_are_there_to_stay(store: Store) -> None:
    store.create("pods", ready_pod("good", "127.0.0.2", app="x"))
    store.create("pods", ready_pod("other", "127.0.0.3", app="y"))
    for name, change in (
        ("new", {"status": {"phase": "Pending"}}),
        ("done", {"status": {"phase": "Succeeded", "podIP": "127.0.0.5"}}),
    ):
        store.create("pods", {**ready_pod(name, "127.0.0.4", app="x"), **change})
    leaving = ready_pod("leaving", "127.0.0.6", app="x")
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    store.create("pods", leaving)
    assert [pod["metadata"]["name"] for pod in selected_pods(store, exposing())] == ["good"]
    assert backends(store, exposing(), PORT) == [("127.0.0.2", 8080)]


def test_unready_pods_serve_only_where_that_is_asked_for(store: Store) -> None:
    unready = ready_pod("p", "127.0.0.2", app="x")
    unready["status"]["conditions"] = []
    store.create("pods", unready)
    assert backends(store, exposing(), PORT) == []
    assert backends(store, exposing(publishNotReadyAddresses=True), PORT) == [("127.0.0.2", 8080)]


def test_without_a_selector_the_endpoints_of_somebody_else_count(store: Store) -> None:
    subsets = [{"addresses": [{"ip": "10.0.0.1"}], "ports": [{"name": "db", "port": 5432}, {"name": "x", "port": 1}]}]
    store.create("endpoints", {"metadata": {"name": "s", "namespace": "default"}, "subsets": subsets})
    assert backends(store, exposing(selector=None), {"port": 5432, "name": "db"}) == [("10.0.0.1", 5432)]
    assert backends(store, exposing(selector=None), {"port": 5432, "name": "other"}) == []


@pytest.mark.parametrize(
    ("wanted", "number"), [(8080, 21000), ("8080", 21000), ("http", 21000), (9, None), ("metrics", None)]
)
def test_at_its_host_s_address_a_pod_has_only_the_ports_that_it_declares(wanted: int | str, number: int | None) -> None:
    pod = ready_pod("p", "127.0.0.1")
    pod["status"]["hostIP"] = "127.0.0.1"
    pod["spec"]["containers"][0]["ports"][0]["hostPort"] = 21000
    assert port_number(pod, wanted) == number
