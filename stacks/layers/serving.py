"""Serving: the cluster and the service that answers from published snapshots."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from components.job_identity import JobIdentity, JobIdentityArgs
from components.serving_app import CACHE, NAMESPACE, PORT, ServingApp, ServingAppArgs
from components.serving_cluster import ServingCluster, ServingClusterArgs
from stacks.layers.environment import Environment
from stacks.layers.foundation import Foundation

APP = "serving"


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
    network = environment.settings.network
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
            network=network.network,
            subnetwork=network.subnetwork,
            pod_range=network.pod_range,
            service_range=network.service_range,
            deletion_protection=not environment.settings.disposable,
            labels=environment.labels.of("serving"),
            **environment.settings.serving_cluster,
        ),
    )


def serving_app(
    environment: Environment, foundation: Foundation, cluster: ServingCluster, provider: kubernetes.Provider
) -> ServingApp:
    identity = JobIdentity(
        "serving-app",
        JobIdentityArgs(
            account_id="roadbed-serving",
            purpose="Reads serving snapshots",
            bucket_roles={"serving": (foundation.zones.serving, "roles/storage.objectViewer")},
            workload_identity=[pulumi.Output.concat(cluster.workload_pool, f"[{NAMESPACE}/{APP}]")],
        ),
    )
    return ServingApp(
        APP,
        ServingAppArgs(
            provider=provider,
            image=environment.image(foundation.images.url, "serving"),
            arguments=arguments(environment, foundation),
            identity=identity.ready,
            labels=environment.labels.of("serving"),
            **environment.settings.serving_app,
        ),
    )


def arguments(environment: Environment, foundation: Foundation) -> list[pulumi.Input[str]]:
    """The command line of a replica."""
    places = ["--snapshots", foundation.zones.snapshots.uri, "--cache", CACHE]
    quotas = (
        ["--quotas", json.dumps(environment.settings.serving_quotas)] if environment.settings.serving_quotas else []
    )
    return ["--host", "$(POD_IP)", "--port", str(PORT), *places, *quotas]
