"""What keeps an object: its own retention, its bucket's policy, holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from google.api_core import exceptions
from google.cloud import storage

from localcloud.services.common import GoogleError
from localcloud.services.storage.retention import check_change, check_removal, expiration
from tests.localcloud.services.storage.clients import Http

BUCKET = {"name": "b", "objectRetention": {"mode": "Enabled"}}


@pytest.fixture
def retaining(owner_client: storage.Client, bucket: storage.Bucket) -> storage.Bucket:
    """A bucket whose objects can have a retention."""
    return owner_client.create_bucket(f"{bucket.name}-retaining", enable_object_retention=True)


def test_an_object_is_kept_until_its_own_time(retaining: storage.Bucket) -> None:
    assert retaining.object_retention_mode == "Enabled"
    blob = retaining.blob("retained")
    blob.upload_from_string(b"x")
    until = datetime.now(UTC) + timedelta(hours=1)
    blob.retention.mode = "Unlocked"
    blob.retention.retain_until_time = until
    blob.patch()
    assert (blob.retention.mode, blob.retention.retain_until_time) == ("Unlocked", until)
    assert blob.retention_expiration_time == until.replace(microsecond=until.microsecond // 1000 * 1000)
    for attempt in (blob.delete, lambda: blob.upload_from_string(b"y")):
        with pytest.raises(exceptions.Forbidden, match="cannot be deleted or overwritten until"):
            attempt()
    blob.retention.mode = blob.retention.retain_until_time = None
    with pytest.raises(exceptions.Forbidden, match="pass overrideUnlockedRetention=true"):
        blob.patch()
    blob.patch(override_unlocked_retention=True)
    assert blob.retention.mode is None
    blob.delete()


def test_only_a_bucket_that_was_made_for_it_has_retained_objects(bucket: storage.Bucket, http: Http) -> None:
    retention = {"mode": "Locked", "retainUntilTime": "2099-01-01T00:00:00Z"}
    bucket.blob("x").upload_from_string(b"x")
    path = f"/storage/v1/b/{bucket.name}/o"
    for refused in (
        http("PATCH", f"{path}/x", json={"retention": retention}),
        http(
            "POST",
            f"{path}/y/compose",
            json={"sourceObjects": [{"name": "x"}], "destination": {"retention": retention}},
        ),
    ):
        assert (refused.status_code, "Object retention is not enabled" in refused.text) == (400, True)


def test_a_policy_of_the_bucket_tells_when_it_ends(bucket: storage.Bucket) -> None:
    bucket.retention_period = 3600
    bucket.patch()
    blob = bucket.blob("kept")
    blob.upload_from_string(b"x")
    (listed,) = bucket.list_blobs()
    assert listed.retention_expiration_time == blob.retention_expiration_time
    assert blob.time_created is not None
    assert blob.retention_expiration_time == blob.time_created + timedelta(hours=1)
    bucket.retention_period = None
    bucket.patch()
    blob.reload()
    assert blob.retention_expiration_time is None


def test_the_later_end_counts_and_a_hold_has_none() -> None:
    policy = {"retentionPolicy": {"retentionPeriod": "60"}}
    made = {"bucket": "b", "name": "x", "timeCreated": "2024-01-01T00:00:00Z"}
    own = {"retention": {"mode": "Locked", "retainUntilTime": "2024-01-01T00:02:00Z"}}
    minutes = [
        expiration(bucket, made | fields)
        for bucket, fields in (({}, {}), (policy, {}), ({}, own), (policy, own), (policy, {"eventBasedHold": True}))
    ]
    assert [end and end.minute for end in minutes] == [None, 1, 2, 2, None]
    check_removal(policy, made)
    with pytest.raises(GoogleError, match="Object 'b/x' is under active hold") as refused:
        check_removal({}, made | {"temporaryHold": True})
    assert refused.value.code == 403


@pytest.mark.parametrize(
    ("mode", "until", "override", "allowed"),
    [
        ("Unlocked", -1, False, False),
        ("Unlocked", -1, True, True),
        ("Unlocked", 1, False, True),
        ("Locked", -1, True, False),
        ("Locked", 1, False, True),
    ],
)
def test_a_retention_that_holds_is_not_made_weaker(mode: str, until: int, override: bool, allowed: bool) -> None:
    """`until` is in hours from the end before."""
    end = datetime.now(UTC) + timedelta(hours=2)
    before, after = (
        {"bucket": "b", "name": "x", "retention": {"mode": mode, "retainUntilTime": time.isoformat()}}
        for time in (end, end + timedelta(hours=until))
    )
    if allowed:
        check_change(BUCKET, before, after, override)
    else:
        with pytest.raises(GoogleError, match="The retention of object 'b/x' can't be weakened"):
            check_change(BUCKET, before, after, override)
