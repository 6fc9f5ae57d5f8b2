"""ServingCluster: private nodes, spot for spikes."""

from __future__ import annotations

import json

import pulumi
import pytest

from components.serving_cluster import ServingCluster, ServingClusterArgs, kubeconfig
from tests.checked_mocks import Deploy


def test_cluster_has_private_nodes_and_a_tainted_spot_pool_from_zero(deploy: Deploy) -> None:
    args = ServingClusterArgs(location="us-central1", node_identity="nodes@x.iam.gserviceaccount.com")
    deployed = deploy(lambda: ServingCluster("serving", args))
    cluster = deployed.one("gcp:container/cluster:Cluster").inputs
    assert cluster["privateClusterConfig"]["enablePrivateNodes"] is True
    assert cluster["workloadIdentityConfig"] == {"workloadPool": "test-project.svc.id.goog"}
    assert cluster["deletionProtection"] is True
    assert (cluster["releaseChannel"], cluster["podAutoscaling"]) == (
        {"channel": "RAPID"},
        {"hpaProfile": "PERFORMANCE"},
    )
    pools = {pool.inputs["name"]: pool.inputs for pool in deployed.of("gcp:container/nodePool:NodePool")}
    assert pools["serving-spot"]["nodeConfig"]["spot"] is True
    assert pools["serving-spot"]["nodeConfig"]["taints"][0]["effect"] == "NO_SCHEDULE"
    assert pools["serving-spot"]["autoscaling"]["minNodeCount"] == 0
    assert "taints" not in pools["serving-base"]["nodeConfig"]


def test_kubeconfig_holds_no_secret() -> None:
    user = json.loads(kubeconfig("c", "192.0.2.1", "Q0E="))["users"][0]["user"]
    assert set(user) == {"exec"}


def test_a_minimum_above_the_maximum_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match="nodes: the minimum 9"):
        ServingClusterArgs(location="us-central1", node_identity="n", minimum_nodes=9, maximum_nodes=3)


def test_fewer_than_no_spot_nodes_are_refused() -> None:
    with pytest.raises(pulumi.RunError, match="maximum_spot_nodes must be 0 or more"):
        ServingClusterArgs(location="us-central1", node_identity="n", maximum_spot_nodes=-1)
