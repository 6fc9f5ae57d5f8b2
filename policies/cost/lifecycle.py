"""Bytes that nobody deletes or moves are paid for ever."""

from __future__ import annotations

from collections.abc import Iterator

from policies.resource_types import BUCKET
from policies.rule import Resource, resource_rule


@resource_rule(
    passes=[Resource(BUCKET, {"lifecycleRules": [{"action": {"type": "Delete"}}]})],
    fails=[("lifecycleRules is empty", Resource(BUCKET))],
)
def require_lifecycle(resource: Resource) -> Iterator[str]:
    """Buckets say when objects go."""
    if resource.type == BUCKET and not resource.props.get("lifecycleRules"):
        yield "lifecycleRules is empty: say when objects are deleted or moved to a cheaper class"
