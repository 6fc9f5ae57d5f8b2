"""Serving: the cluster and the service that answers from published snapshots."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from components.job_identity import JobIdentity, JobIdentityArgs
from components.serving_app import ServingApp, ServingAppArgs
from components.serving_cluster import ServingCluster, ServingClusterArgs
from stacks.layers.environment import Environment
from stacks.layers.foundation import Foundation

NAMESPACE = "serving"
APP = "serving"
PORT = 8080


@dataclass(frozen=True, kw_only=True)
class Serving:
    """The cluster and its app."""

    cluster: ServingCluster
    app: ServingApp


def build_serving(environment: Environment, foundation: Foundation) -> Serving:
    """Make the cluster, and deploy the serving service on it."""
    cluster = serving_cluster(environment, foundation)
    provider = kubernetes.Provider("serving", kubeconfig=cluster.kubeconfig)
    return Serving(cluster=cluster, app=serving_app(environment, foundation, cluster, provider))


def serving_cluster(environment: Environment, foundation: Foundation) -> ServingCluster:
    settings = environment.settings.serving
    nodes = JobIdentity(
        "serving-nodes",
        JobIdentityArgs(account_id="roadbed-serving-nodes", purpose="Machines of the serving cluster"),
    )
    foundation.images.allow_pull("serving-nodes", nodes.member)
    return ServingCluster(
        "serving",
        ServingClusterArgs(
            location=environment.region,
            node_identity=nodes.ready,
            network=environment.settings.network.network,
            subnetwork=environment.settings.network.subnetwork,
            pod_range=environment.settings.network.pod_range,
            service_range=environment.settings.network.service_range,
            machine_type=settings.machine_type,
            minimum_nodes=settings.minimum_nodes,
            maximum_nodes=settings.maximum_nodes,
            maximum_spot_nodes=settings.maximum_spot_nodes,
            deletion_protection=not environment.settings.disposable,
            labels=environment.labels.of("serving"),
        ),
    )


def serving_app(
    environment: Environment, foundation: Foundation, cluster: ServingCluster, provider: kubernetes.Provider
) -> ServingApp:
    settings = environment.settings.serving
    identity = JobIdentity(
        "serving-app",
        JobIdentityArgs(
            account_id="roadbed-serving",
            purpose="Reads serving snapshots",
            bucket_roles={"serving": (foundation.zones.serving, "roles/storage.objectViewer")},
            workload_identity=[pulumi.Output.concat(cluster.workload_pool, f"[{NAMESPACE}/{APP}]")],
        ),
    )
    snapshots = pulumi.Output.concat("gs://", foundation.zones.serving, "/snapshots")
    return ServingApp(
        APP,
        ServingAppArgs(
            provider=provider,
            image=environment.image(foundation.images.url, "serving"),
            arguments=["--host", "$(POD_IP)", "--port", str(PORT), "--snapshots", snapshots],
            identity=identity.ready,
            namespace=NAMESPACE,
            port=PORT,
            minimum_replicas=settings.minimum_replicas,
            maximum_replicas=settings.maximum_replicas,
            cpu=settings.cpu,
            memory=settings.memory,
            labels=environment.labels.of("serving"),
        ),
    )
