"""StorageZones: five private, encrypted buckets, each with the lifecycle that its contents ask for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pulumi
import pytest

from components.storage_zones import StorageZones, StorageZonesArgs
from components.validation import check
from tests.checked_mocks import Deploy

BUCKET = "gcp:storage/bucket:Bucket"


def test_every_bucket_is_private_encrypted_and_has_a_lifecycle(deploy: Deploy) -> None:
    args = StorageZonesArgs(name_prefix="fleet", location="US", kms_key="key", labels={"owner": "platform"})
    buckets = deploy(lambda: StorageZones("zones", args)).of(BUCKET)
    assert sorted(bucket.inputs["name"] for bucket in buckets) == [
        "fleet-curated",
        "fleet-landing",
        "fleet-quarantine",
        "fleet-scratch",
        "fleet-serving",
    ]
    for bucket in buckets:
        assert bucket.inputs["uniformBucketLevelAccess"] is True
        assert bucket.inputs["publicAccessPrevention"] == "enforced"
        assert bucket.inputs["encryption"] == {"defaultKmsKeyName": "key"}
        assert bucket.inputs["lifecycleRules"]
        assert bucket.inputs["labels"]["owner"] == "platform"


def test_curated_objects_are_never_deleted_by_age(deploy: Deploy) -> None:
    args = StorageZonesArgs(name_prefix="fleet", location="US")
    buckets = deploy(lambda: StorageZones("zones", args)).of(BUCKET)
    curated = next(bucket for bucket in buckets if bucket.inputs["name"] == "fleet-curated")
    deletions = [rule["condition"] for rule in curated.inputs["lifecycleRules"] if rule["action"]["type"] == "Delete"]
    assert deletions == [{"daysSinceNoncurrentTime": 7}]


def test_no_days_are_refused_with_what_to_change() -> None:
    with pytest.raises(pulumi.RunError, match="quarantine_days must be at least 1 "):
        StorageZonesArgs(name_prefix="fleet", location="US", quarantine_days=0)


async def awaited(days: int) -> int:
    return days


@pytest.mark.parametrize("known_later", [pulumi.Output.from_input, awaited])
def test_a_value_known_only_later_is_checked_then(known_later: Callable[[int], pulumi.Input[int]]) -> None:
    async def resolve(days: int) -> int | None:
        output = check(known_later(days), lambda value: value >= 1, "days must be at least 1")
        assert isinstance(output, pulumi.Output)
        return await output.future()

    assert asyncio.run(resolve(3)) == 3
    with pytest.raises(pulumi.RunError, match="days must be at least 1 "):
        asyncio.run(resolve(0))


def test_an_input_of_a_wrong_type_is_refused_by_the_sdk_types(deploy: Deploy) -> None:
    args = StorageZonesArgs(name_prefix="fleet", location="US", force_destroy="yes")  # type: ignore[arg-type]
    with pytest.raises(Exception, match="forceDestroy: expected boolean"):
        deploy(lambda: StorageZones("zones", args))
