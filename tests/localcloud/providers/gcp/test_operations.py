"""Waiting for operations of the GKE API."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from localcloud.providers.errors import InterruptedCallError, ProviderError
from localcloud.providers.gcp.operations import wait, wait_while
from localcloud.providers.gcp.resource_type import Call
from localcloud.settings import LocalCloud
from tests.localcloud.providers.fake_google.server import FakeGoogle, Route
from tests.localcloud.providers.gcp.calls import call_of

PLACE = "projects/p/locations/l"
CLUSTER = f"{PLACE}/clusters/serving"
STARTED = {"name": "operation-1", "status": "RUNNING"}


def cluster_call(cloud: LocalCloud, timeout: float = 60) -> tuple[Call, list[str]]:
    return call_of(cloud, "gcp:container/cluster:Cluster", CLUSTER, {}, timeout=timeout)


def answers(path: str, *bodies: Mapping[str, str]) -> Route:
    """One body for each GET, the last one for all others."""
    left = list(bodies)
    return f"GET {path}", lambda *_: left.pop(0) if len(left) > 1 else left[0]


def test_an_operation_is_waited_for_in_its_place_and_told_of_once_for_each_detail(
    cloud: LocalCloud, google: FakeGoogle
) -> None:
    running = [{**STARTED, "detail": detail} for detail in ("nodes", "nodes", "control plane")]
    google.routes = [answers(f"/v1/{PLACE}/operations/operation-1", *running, {**STARTED, "status": "DONE"})]
    call, logged = cluster_call(cloud)
    wait(call, {**STARTED, "name": f"{PLACE}/operations/operation-1", "detail": "starting"}, "cluster")
    assert logged == ["starting", "nodes", "control plane"]


def test_what_an_operation_ends_with_is_the_error(cloud: LocalCloud, google: FakeGoogle) -> None:
    call, _ = cluster_call(cloud)
    with pytest.raises(ProviderError, match=r"^cluster 'serving': no quota$"):
        wait(call, {**STARTED, "status": "DONE", "error": {"message": "no quota"}}, "cluster 'serving'")


def test_waiting_ends_with_the_patience(cloud: LocalCloud, google: FakeGoogle) -> None:
    google.routes = [
        answers(f"/v1/{PLACE}/operations/operation-1", STARTED),
        answers(f"/v1/{CLUSTER}", {"status": "PROVISIONING"}),
    ]
    call, _ = cluster_call(cloud, timeout=0)
    with pytest.raises(ProviderError, match=r"^cluster was not ready within 0 s \(operation operation-1\)$"):
        wait(call, STARTED, "cluster")
    with pytest.raises(ProviderError, match=rf"^{CLUSTER} was still PROVISIONING after 0 s$"):
        wait_while(call, f"/v1/{CLUSTER}", "PROVISIONING")


def test_a_call_that_is_to_end_is_not_held_up(cloud: LocalCloud, google: FakeGoogle) -> None:
    call, _ = cluster_call(cloud)
    call.ended.set()
    with pytest.raises(InterruptedCallError):
        wait(call, STARTED, "cluster")


def test_a_thing_that_leaves_its_status_is_given_as_it_is_then(cloud: LocalCloud, google: FakeGoogle) -> None:
    ready = {"status": "RUNNING", "endpoint": "127.30.0.1"}
    google.routes = [answers(f"/v1/{CLUSTER}", {"status": "PROVISIONING"}, ready)]
    call, _ = cluster_call(cloud)
    assert wait_while(call, f"/v1/{CLUSTER}", "PROVISIONING") == ready
    assert wait_while(call, f"/v1/{CLUSTER}/nodePools/gone", "PROVISIONING") is None
