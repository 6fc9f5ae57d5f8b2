"""Buckets through google-cloud-storage: what the JSON API answers."""

from __future__ import annotations

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


def test_update_clears_what_is_not_given(bucket: storage.Bucket, http: Http) -> None:
    bucket.labels = {"a": "1"}
    bucket.patch()
    updated = http("PUT", f"/storage/v1/b/{bucket.name}", json={"versioning": {"enabled": True}}).json()
    assert "labels" not in updated
    assert updated["versioning"] == {"enabled": True}
    assert updated["location"] == "US-CENTRAL1"


def test_listing_pages_by_project(owner_client: storage.Client) -> None:
    names = [f"listed-{number}" for number in range(3)]
    for name in names:
        owner_client.create_bucket(name, project="listing-project")
    owner_client.create_bucket("elsewhere-1", project="other-project")
    found = owner_client.list_buckets(project="listing-project", page_size=2)
    assert [bucket.name for bucket in found] == names
    found = owner_client.list_buckets(project="listing-project", prefix="listed-1")
    assert [bucket.name for bucket in found] == ["listed-1"]


def test_storages_own_account_belongs_to_the_project(owner_client: storage.Client) -> None:
    email = owner_client.get_service_account_email(PROJECT)
    assert email.endswith("@gs-project-accounts.iam.gserviceaccount.com")
    assert email != owner_client.get_service_account_email("another-project")
