"""The cost pack, run by Pulumi's policy engine."""

from pulumi_policy import EnforcementLevel, PolicyPack

from policies.cost import rules
from policies.validation import resource_policy, stack_policy

PolicyPack(
    name="roadbed-cost",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[
        resource_policy("require-labels", "Billed resources name owner and payer.", rules.require_labels),
        resource_policy("require-lifecycle", "Buckets say when objects go.", rules.require_lifecycle),
        resource_policy("limit-machines", "Machines cost what the ceiling allows.", rules.limit_machines),
        resource_policy(
            "require-elastic-clusters", "Clusters scale within bounds and end.", rules.require_elastic_clusters
        ),
        stack_policy("require-budget", "A stack has a budget with a forecast alert.", rules.require_budget),
    ],
)
