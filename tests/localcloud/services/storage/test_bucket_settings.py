"""What may be set of a bucket: defaults, refusals, and what must not change."""

from __future__ import annotations

import re
from typing import Any

import pytest
from google.cloud import storage

from localcloud.services.common import GoogleError
from localcloud.services.storage.bucket_settings import completed
from tests.localcloud.services.storage.clients import Http


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"storageClass": "FAST"}, "Invalid storage class 'FAST'"),
        ({"labels": {"Owner": "x"}}, "Invalid label Owner='x'"),
        (
            {"lifecycle": {"rule": [{"action": {"type": "Remove"}, "condition": {"age": 1}}]}},
            "lifecycle action 'Remove'",
        ),
        ({"lifecycle": {"rule": [{"action": {"type": "Delete"}, "condition": {"days": 1}}]}}, "unknown days"),
        ({"encryption": {"defaultKmsKeyName": "my-key"}}, "Invalid KMS key 'my-key'"),
        ({"iamConfiguration": {"publicAccessPrevention": "on"}}, "Invalid publicAccessPrevention 'on'"),
        ({"location": "eu"}, "location of a bucket can't be changed"),
    ],
)
def test_bad_settings_are_refused(bucket: storage.Bucket, http: Http, settings: dict[str, Any], message: str) -> None:
    response = http("PATCH", f"/storage/v1/b/{bucket.name}", json=settings)
    assert response.status_code == 400
    assert message in response.json()["error"]["message"]


TIME = "2024-02-29T10:00:00.000Z"


def test_defaults_are_googles() -> None:
    resource = completed({"location": "eu"}, TIME)
    access = {"enabled": False}
    assert resource == {
        "location": "EU",
        "locationType": "multi-region",
        "rpo": "DEFAULT",
        "storageClass": "STANDARD",
        "softDeletePolicy": {"retentionDurationSeconds": "0", "effectiveTime": TIME},
        "iamConfiguration": {
            "publicAccessPrevention": "inherited",
            "uniformBucketLevelAccess": access,
            "bucketPolicyOnly": access,
        },
    }
    assert completed({"location": "nam4"}, TIME)["locationType"] == "dual-region"
    assert "rpo" not in completed({"location": "us-central1"}, TIME)


@pytest.mark.parametrize("name", ["uniformBucketLevelAccess", "bucketPolicyOnly"])
def test_uniform_access_has_two_names_and_locks_a_year_later(name: str) -> None:
    access = completed({"iamConfiguration": {name: {"enabled": True}}}, TIME)["iamConfiguration"]
    locked = {"enabled": True, "lockedTime": "2025-02-28T10:00:00.000Z"}
    assert access["uniformBucketLevelAccess"] == access["bucketPolicyOnly"] == locked
    again = completed({"iamConfiguration": access}, "2030-01-01T00:00:00.000Z")["iamConfiguration"]
    assert again == access


LATER = "2025-01-01T00:00:00.000Z"


def test_autoclass_tells_since_when() -> None:
    first = completed({"autoclass": {"enabled": True}}, TIME)
    since = {"toggleTime": TIME, "terminalStorageClassUpdateTime": TIME}
    assert first["autoclass"] == {"enabled": True, "terminalStorageClass": "NEARLINE"} | since
    other = completed(first | {"autoclass": {"enabled": True, "terminalStorageClass": "ARCHIVE"}}, LATER, first)
    times = {"toggleTime": TIME, "terminalStorageClassUpdateTime": LATER}
    assert other["autoclass"] == {"enabled": True, "terminalStorageClass": "ARCHIVE"} | times
    assert completed(first | {"autoclass": {"enabled": False}}, LATER, first)["autoclass"] == {
        "enabled": False,
        "toggleTime": LATER,
    }


def test_a_soft_delete_policy_is_in_effect_since_it_changed() -> None:
    first = completed({"softDeletePolicy": {"retentionDurationSeconds": 604800}}, TIME)
    assert first["softDeletePolicy"] == {"retentionDurationSeconds": "604800", "effectiveTime": TIME}
    assert completed(first | {"labels": {"a": "b"}}, LATER, first)["softDeletePolicy"] == first["softDeletePolicy"]
    other = completed(first | {"softDeletePolicy": {"retentionDurationSeconds": 0}}, LATER, first)
    assert other["softDeletePolicy"] == {"retentionDurationSeconds": "0", "effectiveTime": LATER}


def test_two_regions_of_ones_own_are_a_dual_region() -> None:
    placed = completed({"location": "US", "customPlacementConfig": {"dataLocations": ["US-EAST1", "US-WEST1"]}}, TIME)
    assert (placed["locationType"], placed["rpo"]) == ("dual-region", "DEFAULT")
    assert placed["customPlacementConfig"] == {"dataLocations": ["US-EAST1", "US-WEST1"]}


def test_a_null_is_what_was_not_said() -> None:
    given = {"iamConfiguration": {"uniformBucketLevelAccess": {"enabled": None}, "publicAccessPrevention": None}}
    assert completed(given, TIME) == completed({}, TIME)


def test_what_has_no_rule_is_kept_as_it_was_given() -> None:
    given = {
        "website": {"mainPageSuffix": "index.html"},
        "cors": [{"origin": ["*"], "maxAgeSeconds": 60}],
        "lifecycle": {"rule": [{"action": {"type": "Delete"}, "condition": {"age": 1}}]},
        "labels": {},
        "metageneration": "4",
    }
    kept = completed(given, TIME)
    assert {name: kept[name] for name in given} == given


def test_retention_begins_once_and_a_lock_is_for_good() -> None:
    first = completed({"retentionPolicy": {"retentionPeriod": 60, "isLocked": True}}, TIME)
    assert first["retentionPolicy"] == {"retentionPeriod": "60", "effectiveTime": TIME}
    locked = first | {"retentionPolicy": first["retentionPolicy"] | {"isLocked": True}}
    longer = completed(
        {"location": "us", "retentionPolicy": {"retentionPeriod": "61"}}, "2025-01-01T00:00:00.000Z", locked
    )
    assert longer["retentionPolicy"] == {"retentionPeriod": "61", "effectiveTime": TIME, "isLocked": True}
    for policy, problem in (({"retentionPeriod": 59}, "can't be shortened"), (None, "can't be removed")):
        with pytest.raises(GoogleError, match=problem) as refused:
            completed({"retentionPolicy": policy}, "2025-01-01T00:00:00.000Z", locked)
        assert refused.value.code == 403


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"labels": {f"l{number}": "" for number in range(65)}}, "A bucket can have 64 labels, not 65"),
        ({"labels": ["x"]}, "Invalid value for labels: ['x']: it must be an object"),
        ({"lifecycle": {"rule": 1}}, "Invalid value for lifecycle.rule: 1: it must be a list of objects"),
        ({"lifecycle": {"rule": [{"action": {"type": "Delete"}}]}}, "condition: a rule needs at least one"),
        (
            {"lifecycle": {"rule": [{"action": {"type": "SetStorageClass"}, "condition": {"age": 1}}]}},
            "Invalid storage class 'None'",
        ),
        ({"softDeletePolicy": {"retentionDurationSeconds": 60}}, "must be 0, or 7 to 90 days, not 60 seconds"),
        ({"autoclass": {"enabled": True, "terminalStorageClass": "COLDLINE"}}, "autoclass.terminalStorageClass"),
        ({"customPlacementConfig": {"dataLocations": ["US-EAST1"]}}, "customPlacementConfig.dataLocations"),
        ({"retentionPolicy": {"retentionPeriod": "soon"}}, "Invalid retentionPeriod 'soon': whole seconds"),
        ({"retentionPolicy": {"retentionPeriod": 0}}, "retentionPeriod must be more than 0 seconds"),
    ],
)
def test_refusals_name_the_field(given: dict[str, Any], message: str) -> None:
    with pytest.raises(GoogleError, match=re.escape(message)) as refused:
        completed(given, TIME)
    assert (refused.value.code, refused.value.reason) == (400, "invalid")
