"""ServingCluster and ServingApp: private nodes, spot for spikes, unprivileged replicas with their own identity."""

from __future__ import annotations

import json

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from components.serving_app import ServingApp, ServingAppArgs
from components.serving_cluster import ServingCluster, ServingClusterArgs, kubeconfig
from tests.checked_mocks import Deploy


def test_cluster_has_private_nodes_and_a_tainted_spot_pool_from_zero(deploy: Deploy) -> None:
    args = ServingClusterArgs(location="us-central1", node_identity="nodes@x.iam.gserviceaccount.com")
    deployed = deploy(lambda: ServingCluster("serving", args))
    cluster = deployed.one("gcp:container/cluster:Cluster").inputs
    assert cluster["privateClusterConfig"]["enablePrivateNodes"] is True
    assert cluster["workloadIdentityConfig"] == {"workloadPool": "test-project.svc.id.goog"}
    assert cluster["deletionProtection"] is True
    pools = {pool.inputs["name"]: pool.inputs for pool in deployed.of("gcp:container/nodePool:NodePool")}
    assert pools["serving-spot"]["nodeConfig"]["spot"] is True
    assert pools["serving-spot"]["nodeConfig"]["taints"][0]["effect"] == "NO_SCHEDULE"
    assert pools["serving-spot"]["autoscaling"]["minNodeCount"] == 0
    assert "taints" not in pools["serving-base"]["nodeConfig"]


def test_kubeconfig_holds_no_secret() -> None:
    user = json.loads(kubeconfig("c", "192.0.2.1", "Q0E="))["users"][0]["user"]
    assert set(user) == {"exec"}


def deploy_app(deploy: Deploy):
    def program() -> None:
        args = ServingAppArgs(
            provider=kubernetes.Provider("cluster", kubeconfig="{}"),
            image="registry/serving:1",
            arguments=["--host", "$(POD_IP)"],
            identity="serving@x.iam.gserviceaccount.com",
        )
        ServingApp("serving", args)

    return deploy(program)


def test_replicas_are_unprivileged_probed_and_run_as_their_own_identity(deploy: Deploy) -> None:
    deployed = deploy_app(deploy)
    pod = deployed.one("kubernetes:apps/v1:Deployment").inputs["spec"]["template"]["spec"]
    container = pod["containers"][0]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert {"startupProbe", "readinessProbe", "livenessProbe"} <= container.keys()
    account = deployed.one("kubernetes:core/v1:ServiceAccount").inputs["metadata"]["annotations"]
    assert account == {"iam.gke.io/gcp-service-account": "serving@x.iam.gserviceaccount.com"}


def test_the_autoscaler_owns_the_number_of_replicas(deploy: Deploy) -> None:
    deployed = deploy_app(deploy)
    assert "replicas" not in deployed.one("kubernetes:apps/v1:Deployment").inputs["spec"]
    autoscaler = deployed.one("kubernetes:autoscaling/v2:HorizontalPodAutoscaler").inputs["spec"]
    assert (autoscaler["minReplicas"], autoscaler["maxReplicas"]) == (2, 20)
    assert deployed.one("kubernetes:policy/v1:PodDisruptionBudget").inputs["spec"]["maxUnavailable"] == 1


def test_a_minimum_above_the_maximum_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match="nodes: the minimum 9"):
        ServingClusterArgs(location="us-central1", node_identity="n", minimum_nodes=9, maximum_nodes=3)
