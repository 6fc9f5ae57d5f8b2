"""Foundation: buckets under the environment's own key, each with somebody who pays."""

from __future__ import annotations

from tests.checked_mocks import Deployed


def test_every_bucket_is_encrypted_and_names_owner_and_payer(deployed: Deployed) -> None:
    buckets = deployed.of("gcp:storage/bucket:Bucket")
    assert len(buckets) == 5
    for bucket in buckets:
        assert bucket.inputs["encryption"]["defaultKmsKeyName"]
        assert {"owner", "cost-center", "environment"} <= bucket.inputs["labels"].keys()


def test_images_are_kept_in_the_repository_that_builds_push_to(deployed: Deployed) -> None:
    assert deployed.one("gcp:artifactregistry/repository:Repository").inputs["repositoryId"] == "roadbed"
