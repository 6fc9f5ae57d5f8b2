"""The security pack, run by Pulumi's policy engine."""

from pulumi_policy import EnforcementLevel, PolicyPack

from policies.security import rules
from policies.validation import resource_policy

PolicyPack(
    name="roadbed-security",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[
        resource_policy("require-private-buckets", "Buckets are private, by IAM alone.", rules.require_private_buckets),
        resource_policy(
            "require-customer-keys", "Data is under rotated customer-managed keys.", rules.require_customer_keys
        ),
        resource_policy("forbid-public-members", "Nothing is granted to everybody.", rules.forbid_public_members),
        resource_policy("require-narrow-grants", "Grants are narrow, and keyless.", rules.require_narrow_grants),
        resource_policy(
            "require-hardened-clusters",
            "Clusters are private, containers unprivileged.",
            rules.require_hardened_clusters,
        ),
    ],
)
