"""No single machine may cost more an hour than the ceiling, nor be of a price nobody knows."""

from __future__ import annotations

from collections.abc import Iterator

from policies.managed_cluster import managed_cluster, workflow_with
from policies.price_book import hourly_usd
from policies.resource_types import NODE_POOL, WORKFLOW_TEMPLATE
from policies.rule import Resource, resource_rule

CEILING_USD_PER_HOUR = 1.0


def pool_of(machine_type: str) -> Resource:
    return Resource(NODE_POOL, {"nodeConfig": {"machineType": machine_type}})


@resource_rule(
    passes=[pool_of("e2-standard-4"), workflow_with(masterConfig={"machineType": "n2-highmem-8"})],
    fails=[
        ("above 1.00", pool_of("n2-standard-80")),
        ("not in policies/price_book.py", pool_of("z9-huge-1")),
        ("use a smaller one", workflow_with(workerConfig={"machineType": "c2-standard-60"})),
    ],
)
def limit_machines(resource: Resource) -> Iterator[str]:
    """Machines cost what the ceiling allows."""
    for machine_type in machine_types(resource):
        price = hourly_usd(machine_type)
        if price is None:
            yield f"machine type {machine_type} is not in policies/price_book.py: add its price or use another"
        elif price > CEILING_USD_PER_HOUR:
            yield (
                f"machine type {machine_type} costs {price:.2f} USD an hour, "
                f"above {CEILING_USD_PER_HOUR:.2f}: use a smaller one"
            )


def machine_types(resource: Resource) -> list[str]:
    """The machine types that a resource asks for."""
    if resource.type == NODE_POOL:
        configs = [resource.props.get("nodeConfig")]
    elif resource.type == WORKFLOW_TEMPLATE:
        cluster = managed_cluster(resource.props)
        configs = [cluster.get(role) for role in ("masterConfig", "workerConfig", "secondaryWorkerConfig")]
    else:
        configs = []
    return [config["machineType"] for config in configs if config and config.get("machineType")]
