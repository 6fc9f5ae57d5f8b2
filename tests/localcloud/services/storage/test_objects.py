"""Objects through google-cloud-storage: names, versions, generations, what keeps them."""

from __future__ import annotations

import os
import threading

import pytest
from google.api_core import exceptions
from google.cloud import storage

from localcloud.settings import LocalCloud
from tests.localcloud.services.storage.clients import Http
from tests.localcloud.services.storage.served import content_files, served_here

ODD_NAMES = [
    "a/b/c",
    "with space",
    "ünïcødé/日本",
    "100%",
    "a%2Fb",
    "q?x=1#f",
    "a+b",
    "a&b=c",
    "x//y",
    "trailing/",
    "'\"<>",
]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names(bucket: storage.Bucket, name: str) -> None:
    bucket.blob(name).upload_from_string(name.encode())
    (listed,) = bucket.list_blobs()
    assert listed.name == name
    assert listed.download_as_bytes() == name.encode()
    moved = bucket.rename_blob(listed, name + "-2")
    assert moved.name == name + "-2"
    moved.delete()
    assert not moved.exists()


@pytest.mark.parametrize("name", ["x" * 1025, "new\nline", ".", ".."])
def test_bad_names_are_refused(bucket: storage.Bucket, http: Http, name: str) -> None:
    parameters = {"uploadType": "media", "name": name}
    response = http("POST", f"/upload/storage/v1/b/{bucket.name}/o", params=parameters, data=b"x")
    assert response.status_code == 400
    assert "Invalid object name" in response.json()["error"]["message"]


def test_generations_only_grow(bucket: storage.Bucket) -> None:
    blob = bucket.blob("again")
    seen = []
    for number in range(5):
        blob.upload_from_string(str(number))
        seen.append(blob.generation)
    assert seen == sorted(set(seen))


def test_versions(bucket: storage.Bucket) -> None:
    bucket.versioning_enabled = True
    bucket.patch()
    blob = bucket.blob("v")
    blob.upload_from_string(b"one")
    first = blob.generation
    blob.upload_from_string(b"two")
    second = blob.generation
    assert bucket.blob("v", generation=first).download_as_bytes() == b"one"
    bucket.delete_blob("v")
    assert bucket.get_blob("v") is None
    listed = {(one.generation, one.time_deleted is not None) for one in bucket.list_blobs(versions=True)}
    assert listed == {(first, True), (second, True)}
    restored = bucket.copy_blob(bucket.blob("v"), bucket, "v", source_generation=first)
    assert restored.download_as_bytes() == b"one"
    bucket.delete_blob("v", generation=first)
    assert bucket.get_blob("v", generation=first) is None


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


def test_default_key_is_on_the_objects(bucket: storage.Bucket) -> None:
    key = "projects/p/locations/l/keyRings/r/cryptoKeys/k"
    bucket.default_kms_key_name = key
    bucket.patch()
    blob = bucket.blob("x")
    blob.upload_from_string(b"x")
    assert blob.kms_key_name == f"{key}/cryptoKeyVersions/1"


def test_concurrent_writers_have_one_winner_per_generation(own_cloud: LocalCloud) -> None:
    with served_here(own_cloud) as http:
        http.create_bucket("raced")
        path = "/upload/storage/v1/b/raced/o?uploadType=media&name=x&ifGenerationMatch=0"
        statuses: list[int] = []
        threads = [
            threading.Thread(target=lambda: statuses.append(http("POST", path, data=os.urandom(100_000)).status_code))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses) == [200] + [412] * 7
        assert len(content_files(own_cloud)) == 1
