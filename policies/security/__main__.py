"""The security pack, run by Pulumi's policy engine."""

from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

from policies.security import rules

PolicyPack(
    name="roadbed-security",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[
        ResourceValidationPolicy(
            "require-private-buckets", "Buckets are private, by IAM alone.", rules.require_private_buckets
        ),
        ResourceValidationPolicy(
            "require-customer-keys", "Data is under rotated customer-managed keys.", rules.require_customer_keys
        ),
        ResourceValidationPolicy(
            "forbid-public-members", "Nothing is granted to everybody.", rules.forbid_public_members
        ),
        ResourceValidationPolicy(
            "require-narrow-grants", "Grants are narrow, and keyless.", rules.require_narrow_grants
        ),
        ResourceValidationPolicy(
            "require-hardened-clusters",
            "Clusters are private, containers unprivileged.",
            rules.require_hardened_clusters,
        ),
    ],
)
