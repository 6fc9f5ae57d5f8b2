"""Buckets as they are kept: names, changes, policies, retention."""

from __future__ import annotations

import pytest
from google.api_core import exceptions
from google.cloud import storage

from tests.localcloud.services.storage.clients import PROJECT, Http


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


@pytest.mark.parametrize(
    "name", ["ab", "Upper", "a" * 64, "-begins", "ends-", "goog-x", "my-google-x", "192.168.0.1", "a..b", "with space"]
)
def test_bad_names_are_refused(http: Http, name: str) -> None:
    response = http("POST", f"/storage/v1/b?project={PROJECT}", json={"name": name})
    assert response.status_code == 400
    assert response.json()["error"]["message"].startswith(f"Invalid bucket name: '{name}'")


def test_taken_name_and_non_empty_bucket_are_conflicts(owner_client: storage.Client, bucket: storage.Bucket) -> None:
    with pytest.raises(exceptions.Conflict):
        owner_client.create_bucket(bucket.name)
    bucket.blob("x").upload_from_string(b"x")
    with pytest.raises(exceptions.Conflict, match="not empty"):
        bucket.delete()


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
