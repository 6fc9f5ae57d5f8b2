"""The cost rules. Each yields what is wrong with one resource, or one stack, and what to change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import ResourceValidationArgs, StackValidationArgs

from policies.price_book import hourly_usd

REQUIRED_LABELS = ("owner", "cost-center", "environment")
MACHINE_CEILING_USD_PER_HOUR = 1.0
NODE_CEILING = 50
IDLE_DELETE_CEILING_S = 3600

# Types that are billed, and the property that carries their labels.
LABEL_PROPERTY = {
    "gcp:storage/bucket:Bucket": "labels",
    "gcp:bigquery/dataset:Dataset": "labels",
    "gcp:kms/cryptoKey:CryptoKey": "labels",
    "gcp:artifactregistry/repository:Repository": "labels",
    "gcp:dataproc/workflowTemplate:WorkflowTemplate": "labels",
    "gcp:dataproc/cluster:Cluster": "labels",
    "gcp:container/cluster:Cluster": "resourceLabels",
}


def require_labels(args: ResourceValidationArgs) -> Iterator[str]:
    """Whoever sees a cost must see whose it is."""
    name = LABEL_PROPERTY.get(args.resource_type)
    if name is None:
        return
    labels = args.props.get(name) or {}
    missing = [label for label in REQUIRED_LABELS if not labels.get(label)]
    if missing:
        yield f"{name} lack {', '.join(missing)}: every billed resource names who owns and pays for it"


def require_lifecycle(args: ResourceValidationArgs) -> Iterator[str]:
    """Bytes that nobody deletes or moves are paid for ever."""
    if args.resource_type == "gcp:storage/bucket:Bucket" and not args.props.get("lifecycleRules"):
        yield "lifecycleRules is empty: say when objects are deleted or moved to a cheaper class"


def limit_machines(args: ResourceValidationArgs) -> Iterator[str]:
    """No single machine may cost more an hour than the ceiling, nor be of a price nobody knows."""
    for machine_type in machine_types(args.resource_type, args.props):
        price = hourly_usd(machine_type)
        if price is None:
            yield f"machine type {machine_type} is not in policies/price_book.py: add its price or use another"
        elif price > MACHINE_CEILING_USD_PER_HOUR:
            yield (
                f"machine type {machine_type} costs {price:.2f} USD an hour, "
                f"above {MACHINE_CEILING_USD_PER_HOUR:.2f}: use a smaller one"
            )


def require_elastic_clusters(args: ResourceValidationArgs) -> Iterator[str]:
    """Clusters grow with their work, within bounds, and go when it is done."""
    if args.resource_type == "gcp:container/nodePool:NodePool":
        maximum = (args.props.get("autoscaling") or {}).get("maxNodeCount")
        if maximum is None:
            yield "autoscaling.maxNodeCount is missing: a node pool scales with its pods, within a bound"
        elif maximum > NODE_CEILING:
            yield f"autoscaling.maxNodeCount is {maximum:.0f}, above {NODE_CEILING}: lower it"
    elif args.resource_type == "gcp:dataproc/workflowTemplate:WorkflowTemplate":
        yield from check_managed_cluster(managed_cluster(args.props))


def check_managed_cluster(config: Mapping[str, Any]) -> Iterator[str]:
    if not (config.get("autoscalingConfig") or {}).get("policy"):
        yield "placement.managedCluster.config.autoscalingConfig.policy is missing: name an autoscaling policy"
    idle = (config.get("lifecycleConfig") or {}).get("idleDeleteTtl")
    if idle is None or float(idle.removesuffix("s")) > IDLE_DELETE_CEILING_S:
        yield (
            "placement.managedCluster.config.lifecycleConfig.idleDeleteTtl must be set, "
            f"to {IDLE_DELETE_CEILING_S}s at most: an idle cluster deletes itself"
        )


def require_budget(args: StackValidationArgs) -> Iterator[str]:
    """A stack that can cost money has a budget with an alert on the forecast."""
    if not any(resource.resource_type in LABEL_PROPERTY for resource in args.resources):
        return
    budgets = [r for r in args.resources if r.resource_type == "gcp:billing/budget:Budget"]
    rules = [rule for budget in budgets for rule in budget.props.get("thresholdRules") or []]
    if not budgets:
        yield "the stack has no gcp.billing.Budget: add components.budget.Budget"
    elif not any(rule.get("spendBasis") == "FORECASTED_SPEND" for rule in rules):
        yield "no budget of the stack alerts on FORECASTED_SPEND: add a threshold that fires before the money is gone"


def machine_types(resource_type: str, props: Mapping[str, Any]) -> list[str]:
    """The machine types that a resource asks for."""
    if resource_type == "gcp:container/nodePool:NodePool":
        configs = [props.get("nodeConfig")]
    elif resource_type == "gcp:dataproc/workflowTemplate:WorkflowTemplate":
        cluster = managed_cluster(props)
        configs = [cluster.get(role) for role in ("masterConfig", "workerConfig", "secondaryWorkerConfig")]
    else:
        configs = []
    return [config["machineType"] for config in configs if config and config.get("machineType")]


def managed_cluster(props: Mapping[str, Any]) -> Mapping[str, Any]:
    """Config of a workflow template's managed cluster, empty if it has none."""
    placement = props.get("placement") or {}
    return (placement.get("managedCluster") or {}).get("config") or {}
