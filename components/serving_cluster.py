"""A private GKE cluster for serving, with on-demand machines for the base load and spot machines for spikes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_gcp as gcp
from typing_extensions import TypedDict

from components.validation import check, check_range

# Only pods that tolerate losing their machine run on spot nodes.
SPOT_TAINT = {"key": "cloud.google.com/gke-spot", "value": "true", "effect": "NO_SCHEDULE"}


class ServingClusterSettings(TypedDict, total=False):
    """What an environment may set; the defaults are those of ServingClusterArgs. Nodes are counted a zone."""

    release_channel: str
    machine_type: str
    minimum_nodes: int
    maximum_nodes: int
    maximum_spot_nodes: int


@dataclass(kw_only=True)
class ServingClusterArgs:
    """Arguments of ServingCluster.

    location: region (or zone) of the cluster.
    node_identity: e-mail of the service account of the machines; it needs no data access, pods have their own.
    network, subnetwork: the private network.
    pod_range, service_range: names of the subnetwork's secondary ranges; without them GKE makes its own.
    release_channel: GKE's; Rapid has all that load_scaling asks for.
    machine_type: of the nodes.
    minimum_nodes, maximum_nodes: on-demand nodes a zone.
    maximum_spot_nodes: spot nodes a zone, from 0.
    deletion_protection: whether `destroy` is refused.
    labels: labels of the cluster and its machines.
    """

    location: pulumi.Input[str]
    node_identity: pulumi.Input[str]
    network: pulumi.Input[str] | None = None
    subnetwork: pulumi.Input[str] | None = None
    pod_range: pulumi.Input[str] | None = None
    service_range: pulumi.Input[str] | None = None
    release_channel: pulumi.Input[str] = "RAPID"
    machine_type: pulumi.Input[str] = "e2-standard-4"
    minimum_nodes: pulumi.Input[int] = 1
    maximum_nodes: pulumi.Input[int] = 3
    maximum_spot_nodes: pulumi.Input[int] = 10
    deletion_protection: pulumi.Input[bool] = True
    labels: Mapping[str, pulumi.Input[str]] | None = None

    def __post_init__(self) -> None:
        check_range(self.minimum_nodes, self.maximum_nodes, "nodes")
        self.maximum_spot_nodes = check(
            self.maximum_spot_nodes, lambda count: count >= 0, "maximum_spot_nodes must be 0 or more"
        )


class ServingCluster(pulumi.ComponentResource):
    """A GKE cluster with two node pools.

    Outputs: kubeconfig, JSON that asks gke-gcloud-auth-plugin for its token; workload_pool, `<project>.svc.id.goog`.
    """

    kubeconfig: pulumi.Output[str]
    workload_pool: pulumi.Output[str]

    def __init__(self, name: str, args: ServingClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("roadbed:serving:ServingCluster", name, None, opts)
        self._name, self._args, self._child = name, args, pulumi.ResourceOptions(parent=self)
        cluster = self._cluster()
        base = self._node_pool(cluster, "base", spot=False, minimum=args.minimum_nodes, maximum=args.maximum_nodes)
        spot = self._node_pool(cluster, "spot", spot=True, minimum=0, maximum=args.maximum_spot_nodes)
        self.workload_pool = cluster.project.apply(lambda project: f"{project}.svc.id.goog")
        # Pods can't start before there are nodes, so the kubeconfig waits for the pools.
        self.kubeconfig = pulumi.Output.all(
            cluster.name, cluster.endpoint, cluster.master_auth, base.id, spot.id
        ).apply(lambda values: kubeconfig(values[0], values[1], values[2]["cluster_ca_certificate"]))
        self.register_outputs({"kubeconfig": self.kubeconfig, "workload_pool": self.workload_pool})

    def _cluster(self) -> gcp.container.Cluster:
        args = self._args
        project = gcp.organizations.get_project_output(opts=pulumi.InvokeOptions(parent=self))
        return gcp.container.Cluster(
            self._name,
            name=self._name,
            location=args.location,
            network=args.network,
            subnetwork=args.subnetwork,
            ip_allocation_policy={
                "cluster_secondary_range_name": args.pod_range,
                "services_secondary_range_name": args.service_range,
            },
            private_cluster_config={"enable_private_nodes": True, "enable_private_endpoint": False},
            workload_identity_config={"workload_pool": project.project_id.apply(lambda p: f"{p}.svc.id.goog")},
            # Each pool is a resource of its own, so that changing one never replaces the cluster.
            remove_default_node_pool=True,
            initial_node_count=1,
            # Both are what an AutoscalingMetric wants, see load_scaling.
            release_channel={"channel": args.release_channel},
            pod_autoscaling={"hpa_profile": "PERFORMANCE"},
            cost_management_config={"enabled": True},
            deletion_protection=args.deletion_protection,
            resource_labels=args.labels,
            opts=self._child,
        )

    def _node_pool(
        self,
        cluster: gcp.container.Cluster,
        pool: str,
        *,
        spot: bool,
        minimum: pulumi.Input[int],
        maximum: pulumi.Input[int],
    ) -> gcp.container.NodePool:
        args = self._args
        node_config: Any = {
            "machine_type": args.machine_type,
            "spot": spot,
            "service_account": args.node_identity,
            "oauth_scopes": ["https://www.googleapis.com/auth/cloud-platform"],
            "workload_metadata_config": {"mode": "GKE_METADATA"},
            "shielded_instance_config": {"enable_secure_boot": True, "enable_integrity_monitoring": True},
            "resource_labels": args.labels,
            "taints": [SPOT_TAINT] if spot else None,
        }
        return gcp.container.NodePool(
            f"{self._name}-{pool}",
            name=f"{self._name}-{pool}",
            cluster=cluster.name,
            location=args.location,
            autoscaling={"min_node_count": minimum, "max_node_count": maximum},
            management={"auto_repair": True, "auto_upgrade": True},
            node_config=node_config,
            opts=self._child,
        )


def kubeconfig(name: str, endpoint: str, certificate: str) -> str:
    """A kubeconfig for a GKE cluster. It holds no secret: the plugin gets a token for whoever uses it."""
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": name,
            "clusters": [
                {
                    "name": name,
                    "cluster": {"server": f"https://{endpoint}", "certificate-authority-data": certificate},
                }
            ],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "users": [
                {
                    "name": name,
                    "user": {
                        "exec": {
                            "apiVersion": "client.authentication.k8s.io/v1beta1",
                            "command": "gke-gcloud-auth-plugin",
                            "provideClusterInfo": True,
                            "interactiveMode": "Never",
                        }
                    },
                }
            ],
        }
    )
