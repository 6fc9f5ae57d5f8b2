"""EncryptionKey: rotated, and Cloud Storage's agent may use it."""

from __future__ import annotations

import pulumi
import pytest

from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from tests.checked_mocks import Deploy


def test_the_key_rotates_and_storage_may_use_it(deploy: Deploy) -> None:
    deployed = deploy(lambda: EncryptionKey("roadbed", EncryptionKeyArgs(location="us", rotation_days=30)))
    assert deployed.one("gcp:kms/cryptoKey:CryptoKey").inputs["rotationPeriod"] == "2592000s"
    grant = deployed.one("gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember").inputs
    assert grant["member"] == "serviceAccount:agent@gs-project-accounts.iam.gserviceaccount.com"


@pytest.mark.parametrize("days", [0, 366])
def test_a_rotation_out_of_bounds_is_refused(days: int) -> None:
    with pytest.raises(pulumi.RunError, match="rotation_days must be between 1 and 365"):
        EncryptionKeyArgs(location="us", rotation_days=days)
