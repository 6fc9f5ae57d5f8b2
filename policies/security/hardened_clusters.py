"""Nodes have no public address, pods have identities of their own, and no container runs as root."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from policies.resource_types import CLUSTER
from policies.rule import Resource, resource_rule

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
WORKLOADS = {DEPLOYMENT, "kubernetes:apps/v1:StatefulSet", "kubernetes:apps/v1:DaemonSet"}
UNPRIVILEGED = {"allowPrivilegeEscalation": False}


def deployment(pod_context: Mapping[str, Any] | None, container_context: Mapping[str, Any]) -> Resource:
    container = {"name": "app", "securityContext": container_context}
    pod = {"securityContext": pod_context, "containers": [container]}
    return Resource(DEPLOYMENT, {"spec": {"template": {"spec": pod}}})


@resource_rule(
    passes=[
        Resource(
            CLUSTER,
            {
                "privateClusterConfig": {"enablePrivateNodes": True},
                "workloadIdentityConfig": {"workloadPool": "p.svc.id.goog"},
            },
        ),
        deployment({"runAsNonRoot": True}, UNPRIVILEGED),
    ],
    fails=[
        ("enablePrivateNodes", Resource(CLUSTER)),
        ("workloadPool is missing", Resource(CLUSTER, {"privateClusterConfig": {"enablePrivateNodes": True}})),
        ("runAsNonRoot", deployment(None, UNPRIVILEGED)),
        ("allowPrivilegeEscalation", deployment({"runAsNonRoot": True}, {})),
    ],
)
def require_hardened_clusters(resource: Resource) -> Iterator[str]:
    """Clusters are private, containers unprivileged."""
    if resource.type == CLUSTER:
        if not (resource.props.get("privateClusterConfig") or {}).get("enablePrivateNodes"):
            yield "privateClusterConfig.enablePrivateNodes must be true"
        if not (resource.props.get("workloadIdentityConfig") or {}).get("workloadPool"):
            yield "workloadIdentityConfig.workloadPool is missing: pods must not share the node's identity"
    elif resource.type in WORKLOADS:
        yield from check_pod(resource.props["spec"]["template"]["spec"])


def check_pod(pod: Mapping[str, Any]) -> Iterator[str]:
    nonroot_pod = (pod.get("securityContext") or {}).get("runAsNonRoot")
    for container in pod.get("containers") or []:
        context = container.get("securityContext") or {}
        if not context.get("runAsNonRoot", nonroot_pod):
            yield f"container {container['name']}: securityContext.runAsNonRoot must be true"
        if context.get("privileged") or context.get("allowPrivilegeEscalation") is not False:
            yield f"container {container['name']}: securityContext.allowPrivilegeEscalation must be false"
