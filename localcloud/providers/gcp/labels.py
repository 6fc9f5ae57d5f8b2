"""The labels a resource ends up with: the provider's, Pulumi's mark, and its own."""

from __future__ import annotations

from typing import Any

from localcloud.providers.sdk_types import ResourceSchema
from localcloud.wire.typed import Unknown, plain

ATTRIBUTION = {"goog-pulumi-provisioned": "true"}
"""What the real provider adds unless `addPulumiAttributionLabel` is false."""
LABEL_KEYS = ("labels", "resourceLabels", "userLabels")


def label_key(schema: ResourceSchema) -> str | None:
    """The input that holds Google Cloud labels; None if the type has none, or they are not the provider's to extend."""
    if "effectiveLabels" not in schema.outputs:
        return None
    return next((key for key in LABEL_KEYS if key in schema.inputs.properties), None)


def effective_labels(schema: ResourceSchema, inputs: dict[str, Any], defaults: dict[str, str]) -> Any:
    """Defaults with the resource's own on top; unknown if those are."""
    key = label_key(schema)
    own = plain(inputs.get(key)) if key else None
    return own if isinstance(own, Unknown) else {**defaults, **(own or {})}
