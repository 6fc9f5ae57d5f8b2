"""The customer-managed key that encrypts the platform's buckets and tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components.validation import check

DAY_SECONDS = 86_400


@dataclass(kw_only=True)
class EncryptionKeyArgs:
    """Arguments of EncryptionKey.

    location: where the key lives; must cover the data's location.
    rotation_days: days between automatic rotations, 1 to 365.
    labels: labels of the key.
    """

    location: pulumi.Input[str]
    rotation_days: pulumi.Input[int] = 90
    labels: Mapping[str, pulumi.Input[str]] | None = None

    def __post_init__(self) -> None:
        self.rotation_days = check(
            self.rotation_days, lambda days: 1 <= days <= 365, "rotation_days must be between 1 and 365"
        )


class EncryptionKey(pulumi.ComponentResource):
    """A key ring with one rotated key that Cloud Storage's service agent may use.

    Outputs: key_id, `projects/*/locations/*/keyRings/*/cryptoKeys/*`, to be used after the grant it carries.
    """

    key_id: pulumi.Output[str]

    def __init__(self, name: str, args: EncryptionKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("roadbed:encryption:EncryptionKey", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # Google keeps key rings and their names for ever: a fixed name would be taken when an environment comes back.
        ring = gcp.kms.KeyRing(f"{name}-ring", location=args.location, opts=child)
        key = gcp.kms.CryptoKey(
            f"{name}-key",
            name=f"{name}-key",
            key_ring=ring.id,
            purpose="ENCRYPT_DECRYPT",
            rotation_period=pulumi.Output.from_input(args.rotation_days).apply(lambda days: f"{days * DAY_SECONDS}s"),
            labels=args.labels,
            opts=child,
        )
        agent = gcp.storage.get_project_service_account_output(opts=pulumi.InvokeOptions(parent=self))
        grant = gcp.kms.CryptoKeyIAMMember(
            f"{name}-storage-agent",
            crypto_key_id=key.id,
            role="roles/cloudkms.cryptoKeyEncrypterDecrypter",
            member=agent.email_address.apply(lambda email: f"serviceAccount:{email}"),
            opts=child,
        )
        # A bucket made with the key before the agent may use it is refused, so the id waits for the grant.
        self.key_id = pulumi.Output.all(key.id, grant.id).apply(lambda ids: ids[0])
        self.register_outputs({"key_id": self.key_id})
