"""StorageZones: five private, encrypted buckets, each with the lifecycle that its contents ask for."""

from __future__ import annotations

import pulumi
import pytest

from components.storage_zones import StorageZones, StorageZonesArgs
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


def test_jobs_get_addresses(deploy: Deploy) -> None:
    def program() -> None:
        zones = StorageZones("zones", StorageZonesArgs(name_prefix="fleet", location="US"))
        addresses = [zones.landing_of("drive_logs"), zones.quarantine_of("drive_logs"), zones.snapshots.uri]
        pulumi.Output.all(*addresses).apply(found.extend)

    found: list[str] = []
    deploy(program)
    assert found == [
        "gs://fleet-landing/drive_logs/",
        "gs://fleet-quarantine/drive_logs",
        "gs://fleet-serving/snapshots/v3",
    ]


def test_only_what_jobs_leave_is_deleted_from_scratch(deploy: Deploy) -> None:
    zones: list[StorageZones] = []
    args = StorageZonesArgs(name_prefix="fleet", location="US")
    buckets = deploy(lambda: zones.append(StorageZones("zones", args))).of(BUCKET)
    scratch = next(bucket for bucket in buckets if bucket.inputs["name"] == "fleet-scratch")
    (rule,) = scratch.inputs["lifecycleRules"]
    prefixes = rule["condition"]["matchesPrefixes"]
    assert zones[0].temp.name("") in prefixes
    for kept in (zones[0].templates, zones[0].code, zones[0].contracts):
        assert not any(kept.name("").startswith(prefix) for prefix in prefixes)


def test_an_input_of_a_wrong_type_is_refused_by_the_sdk_types(deploy: Deploy) -> None:
    args = StorageZonesArgs(name_prefix="fleet", location="US", force_destroy="yes")  # type: ignore[arg-type]
    with pytest.raises(Exception, match="forceDestroy: expected boolean"):
        deploy(lambda: StorageZones("zones", args))
