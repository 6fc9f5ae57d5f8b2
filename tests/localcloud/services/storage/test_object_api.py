"""Handlers of objects: metadata, etags, what is not there."""

from __future__ import annotations

from google.cloud import storage

from tests.localcloud.services.storage.clients import Http, path_of


def test_metadata_patch_and_metageneration(bucket: storage.Bucket) -> None:
    blob = bucket.blob("meta")
    blob.metadata = {"reason": "damaged", "ünï": "wörth"}
    blob.cache_control = "no-store"
    blob.upload_from_string(b"x")
    blob.metadata = {"reason": "other", "ünï": None}
    blob.patch()
    got = bucket.get_blob("meta")
    assert got is not None
    assert (got.metadata, got.cache_control, got.metageneration) == ({"reason": "other"}, "no-store", 2)
    assert got.generation == blob.generation


def test_etags(http: Http, item: storage.Blob) -> None:
    etag = http("GET", path_of(item)).json()["etag"]
    assert http("GET", path_of(item), headers={"If-None-Match": etag}).status_code == 304
    assert http("GET", path_of(item), headers={"If-None-Match": '"other"'}).status_code == 200
    assert http("GET", path_of(item), headers={"If-Match": etag}).status_code == 200
    assert http("GET", path_of(item), headers={"If-Match": '"other"'}).status_code == 412


def test_absent_objects_are_404_whatever_the_precondition(http: Http, bucket: storage.Bucket) -> None:
    path = f"/storage/v1/b/{bucket.name}/o/absent"
    for method in ("GET", "DELETE", "PATCH"):
        body = {"json": {}} if method == "PATCH" else {}
        assert http(method, path, params={"ifGenerationMatch": 5}, **body).status_code == 404
