"""Access to a bucket is by IAM alone, and never public."""

from __future__ import annotations

from collections.abc import Iterator

from policies.resource_types import BUCKET
from policies.rule import Resource, resource_rule


@resource_rule(
    passes=[Resource(BUCKET, {"uniformBucketLevelAccess": True, "publicAccessPrevention": "enforced"})],
    fails=[
        ("uniformBucketLevelAccess", Resource(BUCKET, {"publicAccessPrevention": "enforced"})),
        ("publicAccessPrevention", Resource(BUCKET, {"uniformBucketLevelAccess": True})),
    ],
)
def require_private_buckets(resource: Resource) -> Iterator[str]:
    """Buckets are private, by IAM alone."""
    if resource.type != BUCKET:
        return
    if resource.props.get("uniformBucketLevelAccess") is not True:
        yield "uniformBucketLevelAccess must be true: object ACLs escape review"
    if resource.props.get("publicAccessPrevention") != "enforced":
        yield 'publicAccessPrevention must be "enforced"'
