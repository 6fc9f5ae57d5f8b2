"""Buckets through google-cloud-storage and plain HTTP."""

from __future__ import annotations

import pytest
from google.api_core import exceptions
from google.cloud import storage

from tests.localcloud.services.storage.clients import PROJECT, Http

KEY = "projects/p/locations/us-central1/keyRings/r/cryptoKeys/k"


def test_everything_set_at_creation_is_kept(owner_client: storage.Client) -> None:
    bucket = storage.Bucket(owner_client, "kept-settings")
    bucket.labels = {"owner": "fleet"}
    bucket.versioning_enabled = True
    bucket.storage_class = "NEARLINE"
    bucket.default_kms_key_name = KEY
    bucket.retention_period = 5
    bucket.iam_configuration.uniform_bucket_level_access_enabled = True
    bucket.iam_configuration.public_access_prevention = "enforced"
    bucket.add_lifecycle_delete_rule(age=30, matches_prefix=["tmp/"])
    owner_client.create_bucket(bucket, location="us-central1")
    got = owner_client.get_bucket("kept-settings")
    assert (got.location, got.location_type) == ("US-CENTRAL1", "region")
    assert got.labels == {"owner": "fleet"}
    assert got.versioning_enabled
    assert got.storage_class == "NEARLINE"
    assert got.default_kms_key_name == KEY
    assert got.retention_period == 5
    assert got.iam_configuration.uniform_bucket_level_access_enabled
    assert got.iam_configuration.public_access_prevention == "enforced"
    (rule,) = got.lifecycle_rules
    assert rule == {"action": {"type": "Delete"}, "condition": {"age": 30, "matchesPrefix": ["tmp/"]}}
    assert got.metageneration == 1
    got.delete()
    assert owner_client.lookup_bucket("kept-settings") is None


def test_patch_merges_and_counts(bucket: storage.Bucket) -> None:
    bucket.labels = {"a": "1", "b": "2"}
    bucket.patch()
    assert bucket.metageneration == 2
    labels = bucket.labels
    labels.pop("a")
    labels["c"] = "3"
    bucket.labels = labels
    bucket.patch(if_metageneration_match=2)
    bucket.reload()
    assert bucket.labels == {"b": "2", "c": "3"}
    assert bucket.metageneration == 3
    bucket.labels = {}
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.patch(if_metageneration_match=2)


def test_update_clears_what_is_not_given(bucket: storage.Bucket, http: Http) -> None:
    bucket.labels = {"a": "1"}
    bucket.patch()
    updated = http("PUT", f"/storage/v1/b/{bucket.name}", json={"versioning": {"enabled": True}}).json()
    assert "labels" not in updated
    assert updated["versioning"] == {"enabled": True}
    assert updated["location"] == "US-CENTRAL1"


@pytest.mark.parametrize(
    "name", ["ab", "Upper", "a" * 64, "-begins", "ends-", "goog-x", "my-google-x", "192.168.0.1", "a..b", "with space"]
)
def test_bad_names_are_refused(http: Http, name: str) -> None:
    response = http("POST", f"/storage/v1/b?project={PROJECT}", json={"name": name})
    assert response.status_code == 400
    assert response.json()["error"]["message"].startswith(f"Invalid bucket name: '{name}'")


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
def test_bad_settings_are_refused(bucket: storage.Bucket, http: Http, settings: dict, message: str) -> None:
    response = http("PATCH", f"/storage/v1/b/{bucket.name}", json=settings)
    assert response.status_code == 400
    assert message in response.json()["error"]["message"]


def test_taken_name_and_non_empty_bucket_are_conflicts(owner_client: storage.Client, bucket: storage.Bucket) -> None:
    with pytest.raises(exceptions.Conflict):
        owner_client.create_bucket(bucket.name)
    bucket.blob("x").upload_from_string(b"x")
    with pytest.raises(exceptions.Conflict, match="not empty"):
        bucket.delete()


def test_listing_pages_by_project(owner_client: storage.Client) -> None:
    names = [f"listed-{number}" for number in range(3)]
    for name in names:
        owner_client.create_bucket(name, project="listing-project")
    owner_client.create_bucket("elsewhere-1", project="other-project")
    found = owner_client.list_buckets(project="listing-project", page_size=2)
    assert [bucket.name for bucket in found] == names
    found = owner_client.list_buckets(project="listing-project", prefix="listed-1")
    assert [bucket.name for bucket in found] == ["listed-1"]


def test_policy_round_trip_and_etag(bucket: storage.Bucket, http: Http) -> None:
    policy = bucket.get_iam_policy(requested_policy_version=3)
    policy.bindings.append({"role": "roles/storage.objectViewer", "members": {"serviceAccount:x@y.com"}})
    stale = policy.etag
    after = bucket.set_iam_policy(policy)
    assert {"role": "roles/storage.objectViewer", "members": {"serviceAccount:x@y.com"}} in list(after.bindings)
    body = {"etag": stale, "bindings": []}
    assert http("PUT", f"/storage/v1/b/{bucket.name}/iam", json=body).status_code == 412
    unknown = {"bindings": [{"role": "roles/storage.everything", "members": ["allUsers"]}]}
    response = http("PUT", f"/storage/v1/b/{bucket.name}/iam", json=unknown)
    assert (response.status_code, response.json()["error"]["message"]) == (
        400,
        "Role roles/storage.everything is not supported for this resource.",
    )
    assert bucket.test_iam_permissions(["storage.objects.get"]) == ["storage.objects.get"]


def test_public_members_are_refused_where_prevented(bucket: storage.Bucket, http: Http) -> None:
    bucket.iam_configuration.public_access_prevention = "enforced"
    bucket.patch()
    body = {"bindings": [{"role": "roles/storage.objectViewer", "members": ["allUsers"]}]}
    response = http("PUT", f"/storage/v1/b/{bucket.name}/iam", json=body)
    assert response.status_code == 412
    assert "public access prevention is enforced" in response.json()["error"]["message"]


def test_notification_configurations(owner_client: storage.Client, bucket: storage.Bucket) -> None:
    made = bucket.notification("a-topic", topic_project=PROJECT, event_types=["OBJECT_FINALIZE"])
    made.create()
    (listed,) = bucket.list_notifications()
    assert listed.notification_id == made.notification_id
    assert listed.event_types == ["OBJECT_FINALIZE"]
    assert listed.topic_name == "a-topic"
    assert bucket.get_notification(made.notification_id).event_types == ["OBJECT_FINALIZE"]
    made.delete()
    assert list(bucket.list_notifications()) == []
    with pytest.raises(exceptions.NotFound):
        bucket.get_notification("1")


def test_retention_keeps_objects(bucket: storage.Bucket, http: Http) -> None:
    blob = bucket.blob("kept")
    blob.upload_from_string(b"x")
    bucket.retention_period = 3600
    bucket.patch()
    with pytest.raises(exceptions.Forbidden, match="retention policy"):
        blob.delete()
    with pytest.raises(exceptions.Forbidden, match="retention policy"):
        blob.upload_from_string(b"y")
    bucket.retention_period = None
    bucket.patch()
    blob.temporary_hold = True
    blob.patch()
    with pytest.raises(exceptions.Forbidden, match="hold"):
        blob.delete()
    blob.temporary_hold = False
    blob.patch()
    blob.delete()


def test_locked_retention_only_grows(bucket: storage.Bucket) -> None:
    bucket.retention_period = 1
    bucket.patch()
    bucket.lock_retention_policy()
    bucket.retention_period = None
    with pytest.raises(exceptions.Forbidden, match="locked"):
        bucket.patch()
    bucket.reload()
    bucket.retention_period = 2
    bucket.patch()
    assert bucket.retention_policy_locked


def test_storages_own_account_belongs_to_the_project(owner_client: storage.Client) -> None:
    email = owner_client.get_service_account_email(PROJECT)
    assert email.endswith("@gs-project-accounts.iam.gserviceaccount.com")
    assert email != owner_client.get_service_account_email("another-project")
