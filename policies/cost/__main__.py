"""The cost pack, run by Pulumi's policy engine."""

from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy, StackValidationPolicy

from policies.cost import rules

PolicyPack(
    name="roadbed-cost",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[
        ResourceValidationPolicy("require-labels", "Billed resources name owner and payer.", rules.require_labels),
        ResourceValidationPolicy("require-lifecycle", "Buckets say when objects go.", rules.require_lifecycle),
        ResourceValidationPolicy("limit-machines", "Machines cost what the ceiling allows.", rules.limit_machines),
        ResourceValidationPolicy(
            "require-elastic-clusters", "Clusters scale within bounds and end.", rules.require_elastic_clusters
        ),
        StackValidationPolicy("require-budget", "A stack has a budget with a forecast alert.", rules.require_budget),
    ],
)
