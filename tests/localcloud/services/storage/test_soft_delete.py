"""Objects that are deleted and can be restored."""

from __future__ import annotations

from datetime import timedelta

import pytest
from google.api_core import exceptions
from google.cloud import storage

from localcloud.services.storage.soft_delete import forget_expired, keep_deleted
from localcloud.services.storage.store import Store
from localcloud.settings import LocalCloud
from tests.localcloud.services.storage.clients import Http, names
from tests.localcloud.services.storage.served import HttpHere, content_files, served_here

WEEK_S = 7 * 24 * 3600
LARGE = b"x" * 100_000


@pytest.fixture
def keeping(bucket: storage.Bucket) -> storage.Bucket:
    """A bucket whose deleted objects can be restored for a week."""
    bucket.soft_delete_policy.retention_duration_seconds = WEEK_S
    bucket.patch()
    return bucket


@pytest.mark.parametrize("data", [b"small", LARGE])
def test_what_was_deleted_is_restored(keeping: storage.Bucket, data: bytes) -> None:
    blob = keeping.blob("item")
    blob.metadata = {"a": "b"}
    blob.upload_from_string(data, content_type="text/x")
    generation = blob.generation
    blob.delete()
    assert names(keeping.list_blobs()) == []
    assert names(keeping.list_blobs(versions=True)) == []
    assert names(keeping.list_blobs(soft_deleted=True)) == ["item"]
    with pytest.raises(exceptions.NotFound):
        keeping.blob("item").download_as_bytes()
    deleted = keeping.get_blob("item", generation=generation, soft_deleted=True)
    assert deleted is not None
    assert deleted.hard_delete_time is not None
    assert deleted.soft_delete_time is not None
    assert deleted.hard_delete_time - deleted.soft_delete_time == timedelta(days=7)
    restored = keeping.restore_blob("item", generation=generation)
    assert restored.generation != generation
    assert (restored.metadata, restored.content_type) == ({"a": "b"}, "text/x")
    assert (restored.soft_delete_time, restored.download_as_bytes()) == (None, data)


def test_what_is_replaced_can_be_restored_too(keeping: storage.Bucket) -> None:
    blob = keeping.blob("item")
    blob.upload_from_string(b"first")
    first = blob.generation
    blob.upload_from_string(b"second")
    keeping.restore_blob("item", generation=first, if_generation_match=blob.generation)
    assert keeping.blob("item").download_as_bytes() == b"first"
    assert len(list(keeping.list_blobs(soft_deleted=True))) == 2


def test_without_a_policy_nothing_is_kept(bucket: storage.Bucket, item: storage.Blob) -> None:
    item.delete()
    assert names(bucket.list_blobs(soft_deleted=True)) == []
    with pytest.raises(exceptions.NotFound):
        bucket.restore_blob("item", generation=item.generation)


@pytest.mark.parametrize(
    ("method", "path", "message"),
    [
        ("GET", "/o/x?softDeleted=true", "has a generation"),
        ("GET", "/o/x?softDeleted=true&generation=1&alt=media", "no content until it is restored"),
        ("GET", "/o?softDeleted=true&versions=true", "can't both be true"),
        ("POST", "/o/x/restore", "Required parameter: generation"),
    ],
)
def test_what_makes_no_sense_is_refused(
    keeping: storage.Bucket, http: Http, method: str, path: str, message: str
) -> None:
    refused = http(method, f"/storage/v1/b/{keeping.name}{path}")
    assert (refused.status_code, message in refused.text) == (400, True)


def test_contents_go_with_their_bucket_and_in_the_end(own_cloud: LocalCloud) -> None:
    with served_here(own_cloud) as http:
        for name in ("first", "second"):
            _keep_one_deleted(http, name)
        assert len(content_files(own_cloud)) == 2
        assert http("DELETE", "/storage/v1/b/first").status_code == 204
        assert len(content_files(own_cloud)) == 1
        with http.store.transaction() as connection:
            connection.execute("UPDATE soft_deleted SET hard_delete = 1")
        assert "items" not in http("GET", "/storage/v1/b/second/o?softDeleted=true").json()
        http("PUT", "/second/other", data=b"x").raise_for_status()
        assert content_files(own_cloud) == []


def _keep_one_deleted(http: HttpHere, bucket: str) -> None:
    http.create_bucket(bucket)
    policy = {"softDeletePolicy": {"retentionDurationSeconds": WEEK_S}}
    http("PATCH", f"/storage/v1/b/{bucket}", json=policy).raise_for_status()
    http("PUT", f"/{bucket}/x", data=LARGE).raise_for_status()
    assert http("DELETE", f"/{bucket}/x").status_code == 204


def test_nothing_is_kept_for_no_time(store: Store) -> None:
    with store.transaction() as connection:
        assert not keep_deleted(connection, {"retentionDurationSeconds": "0"}, ("b", "x", 1), {})
        assert forget_expired(connection) == []
