"""Clusters grow with their work, within bounds, and go when it is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from policies.managed_cluster import managed_cluster, workflow_with
from policies.resource_types import NODE_POOL, WORKFLOW_TEMPLATE
from policies.rule import Resource, resource_rule

NODE_CEILING = 50
IDLE_DELETE_CEILING_S = 3600


@resource_rule(
    passes=[
        Resource(NODE_POOL, {"autoscaling": {"maxNodeCount": 10}}),
        workflow_with(autoscalingConfig={"policy": "p"}, lifecycleConfig={"idleDeleteTtl": "900s"}),
    ],
    fails=[
        ("autoscaling.maxNodeCount is missing", Resource(NODE_POOL, {"nodeCount": 3})),
        ("above 50", Resource(NODE_POOL, {"autoscaling": {"maxNodeCount": 500}})),
        ("autoscalingConfig.policy", workflow_with()),
        (
            "idleDeleteTtl",
            workflow_with(autoscalingConfig={"policy": "p"}, lifecycleConfig={"idleDeleteTtl": "86400s"}),
        ),
    ],
)
def require_elastic_clusters(resource: Resource) -> Iterator[str]:
    """Clusters scale within bounds and end."""
    if resource.type == NODE_POOL:
        maximum = (resource.props.get("autoscaling") or {}).get("maxNodeCount")
        if maximum is None:
            yield "autoscaling.maxNodeCount is missing: a node pool scales with its pods, within a bound"
        elif maximum > NODE_CEILING:
            yield f"autoscaling.maxNodeCount is {maximum:.0f}, above {NODE_CEILING}: lower it"
    elif resource.type == WORKFLOW_TEMPLATE:
        yield from check_managed_cluster(managed_cluster(resource.props))


def check_managed_cluster(config: Mapping[str, Any]) -> Iterator[str]:
    if not (config.get("autoscalingConfig") or {}).get("policy"):
        yield "placement.managedCluster.config.autoscalingConfig.policy is missing: name an autoscaling policy"
    idle = (config.get("lifecycleConfig") or {}).get("idleDeleteTtl")
    if idle is None or float(idle.removesuffix("s")) > IDLE_DELETE_CEILING_S:
        yield (
            "placement.managedCluster.config.lifecycleConfig.idleDeleteTtl must be set, "
            f"to {IDLE_DELETE_CEILING_S}s at most: an idle cluster deletes itself"
        )
