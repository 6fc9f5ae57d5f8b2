"""Drive logs show people; their bytes are under a key that we can revoke and that rotates."""

from __future__ import annotations

from collections.abc import Iterator

from policies.resource_types import BUCKET, CRYPTO_KEY
from policies.rule import Resource, resource_rule


@resource_rule(
    passes=[
        Resource(BUCKET, {"encryption": {"defaultKmsKeyName": "k"}}),
        Resource(CRYPTO_KEY, {"rotationPeriod": "86400s"}),
    ],
    fails=[("defaultKmsKeyName", Resource(BUCKET)), ("rotationPeriod", Resource(CRYPTO_KEY))],
)
def require_customer_keys(resource: Resource) -> Iterator[str]:
    """Data is under rotated customer-managed keys."""
    if resource.type == BUCKET:
        if not (resource.props.get("encryption") or {}).get("defaultKmsKeyName"):
            yield "encryption.defaultKmsKeyName is missing: use components.encryption_key.EncryptionKey"
    elif resource.type == CRYPTO_KEY and not resource.props.get("rotationPeriod"):
        yield "rotationPeriod is missing: a key that encrypts data rotates"
