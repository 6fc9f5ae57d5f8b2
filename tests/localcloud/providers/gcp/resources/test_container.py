"""Clusters and node pools: made by operations, finished where a creation failed or was cut off."""

from __future__ import annotations

import grpc
import pytest

from localcloud.providers.gcp.resources import container
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.fake_google.server import FakeGoogle
from tests.localcloud.providers.gcp.resources.lives import (
    LABELS,
    PLACE,
    Case,
    live_through,
    tokens_of,
)

CLUSTER = "gcp:container/cluster:Cluster"


CASES = {
    "gcp:container/cluster:Cluster": Case(
        {"name": "serving", "deletionProtection": False, "removeDefaultNodePool": True, "initialNodeCount": 1},
        f"{PLACE}/clusters/serving",
        {"endpoint": "127.30.0.1", "masterVersion": "1.33.1", "location": "us-central1"},
        f"/v1/{PLACE}/clusters/serving",
        update={"minMasterVersion": "1.34"},
        replace={"network": "other"},
        replaces=["network"],
    ),
    "gcp:container/nodePool:NodePool": Case(
        {"cluster": f"{PLACE}/clusters/serving", "name": "spot", "nodeCount": 1, "nodeConfig": {"spot": True}},
        f"{PLACE}/clusters/serving/nodePools/spot",
        {"version": "1.33.1", "location": "us-central1", "nodeCount": 1},
        f"/v1/{PLACE}/clusters/serving/nodePools/spot",
        update={"nodeCount": 2},
        replace={"nodeConfig": {"spot": False}},
        replaces=["nodeConfig"],
    ),
}


def test_each_type_has_a_case() -> None:
    assert CASES.keys() == tokens_of(container)


@pytest.mark.parametrize("token", CASES)
def test_life_of_a_resource(gcp: Engine, google: FakeGoogle, token: str) -> None:
    live_through(gcp, google, token, CASES[token])


def test_cluster_without_default_pool(gcp: Engine, google: FakeGoogle) -> None:
    inputs = {"name": "serving", "removeDefaultNodePool": True, "resourceLabels": {"team": "fleet"}}
    state = gcp.create("gcp:container/cluster:Cluster", "serving", inputs)
    body = google.calls("POST", "/clusters")[0].body["cluster"]
    assert body == {"name": "serving", "initialNodeCount": 1, "resourceLabels": LABELS}
    assert len(google.calls("DELETE", "/nodePools/default-pool")) == 1
    assert state.outputs is not None
    assert state.outputs["masterAuth"]["clusterCaCertificate"] == "Q0E="
    with pytest.raises(Exception, match="is protected from deletion: set deletionProtection to false"):
        gcp.delete(state)


def test_a_cluster_whose_creation_failed_is_finished_by_the_next_update(gcp: Engine, google: FakeGoogle) -> None:
    inputs = {"name": "serving", "removeDefaultNodePool": True}
    google.operation_error = "no quota"
    with pytest.raises(grpc.RpcError, match="no quota") as caught:
        gcp.create("gcp:container/cluster:Cluster", "serving", inputs)
    state = gcp.failed(caught.value, CLUSTER, "serving", inputs)[0]
    pool = f"/v1/{PLACE}/clusters/serving/nodePools/default-pool"
    assert pool in google.resources
    google.operation_error = ""
    made = gcp.update(state, inputs)
    assert pool not in google.resources
    # A pool of that name that was made since is not the provider's.
    google.resources[pool] = {"name": "default-pool"}
    gcp.update(made, {**inputs, "resourceLabels": {"team": "fleet"}})
    assert pool in google.resources


def test_cluster_that_fails_to_start_is_kept_in_the_state(gcp: Engine, google: FakeGoogle) -> None:
    google.operation_error = "no capacity"
    with pytest.raises(grpc.RpcError) as caught:
        gcp.create(CLUSTER, "serving", {"name": "serving"})
    state, reasons = gcp.failed(caught.value, CLUSTER, "serving", {"name": "serving"})
    assert state.id == f"{PLACE}/clusters/serving"
    assert reasons == ["cluster 'serving': no capacity"]
    assert state.outputs["name"] == "serving"
