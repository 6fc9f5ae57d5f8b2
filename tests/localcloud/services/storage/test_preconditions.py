"""Preconditions over plain HTTP: each kind, on each kind of call."""

from __future__ import annotations

from typing import Any

import pytest
from google.cloud import storage

from tests.localcloud.services.storage.clients import Http

NEVER = 1  # no generation of this service is so small


@pytest.fixture
def item(bucket: storage.Bucket) -> storage.Blob:
    blob = bucket.blob("item")
    blob.upload_from_string(b"0123456789")
    return blob


def path_of(blob: storage.Blob) -> str:
    return f"/storage/v1/b/{blob.bucket.name}/o/{blob.name}"


def upload(http: Http, bucket: storage.Bucket, name: str, **parameters: Any) -> int:
    query = {"uploadType": "media", "name": name} | parameters
    return http("POST", f"/upload/storage/v1/b/{bucket.name}/o", params=query, data=b"new").status_code


def test_reads(http: Http, item: storage.Blob) -> None:
    generation = item.generation
    for path in (path_of(item), path_of(item) + "?alt=media", "/download" + path_of(item) + "?alt=media"):

        def status(path: str = path, **parameters: Any) -> int:
            return http("GET", path, params=parameters).status_code

        assert status(ifGenerationMatch=generation) == 200
        assert status(ifGenerationMatch=NEVER) == 412
        assert status(ifGenerationMatch=0) == 412
        assert status(ifGenerationNotMatch=generation) == 304
        assert status(ifGenerationNotMatch=0) == 200
        assert status(ifMetagenerationMatch=1) == 200
        assert status(ifMetagenerationMatch=2) == 412
        assert status(ifMetagenerationNotMatch=1) == 304
        assert status(ifMetagenerationNotMatch=2) == 200
        assert status(ifGenerationMatch="many") == 400


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


def test_uploads(http: Http, bucket: storage.Bucket, item: storage.Blob) -> None:
    assert upload(http, bucket, "fresh", ifGenerationMatch=NEVER) == 412
    assert upload(http, bucket, "fresh", ifMetagenerationMatch=1) == 412
    assert upload(http, bucket, "fresh", ifGenerationNotMatch=0) == 412
    assert bucket.get_blob("fresh") is None
    assert upload(http, bucket, "fresh", ifGenerationMatch=0) == 200
    assert upload(http, bucket, "fresh", ifGenerationMatch=0) == 412
    assert upload(http, bucket, "item", ifGenerationMatch=item.generation) == 200
    assert upload(http, bucket, "item", ifGenerationMatch=item.generation) == 412


def test_patch_and_delete(http: Http, item: storage.Blob) -> None:
    def status(method: str, **parameters: Any) -> int:
        return http(method, path_of(item), params=parameters, json={"metadata": {"k": "v"}}).status_code

    assert status("PATCH", ifMetagenerationMatch=1) == 200
    assert status("PATCH", ifMetagenerationMatch=1) == 412
    assert status("DELETE", ifMetagenerationMatch=1) == 412
    assert status("DELETE", ifGenerationMatch=NEVER) == 412
    assert status("DELETE", ifGenerationNotMatch=item.generation) == 412
    assert status("DELETE", ifGenerationMatch=item.generation, ifMetagenerationMatch=2) == 204


@pytest.mark.parametrize("kind", ["rewriteTo", "copyTo"])
def test_copies(http: Http, bucket: storage.Bucket, item: storage.Blob, kind: str) -> None:
    def status(**parameters: Any) -> int:
        target = f"{path_of(item)}/{kind}/b/{bucket.name}/o/copy"
        return http("POST", target, params=parameters, json={}).status_code

    assert status(ifSourceGenerationMatch=NEVER) == 412
    assert status(ifSourceMetagenerationNotMatch=1) == 412
    assert status(ifGenerationMatch=NEVER) == 412
    assert status(sourceGeneration=NEVER) == 404
    assert bucket.get_blob("copy") is None
    assert status(ifGenerationMatch=0, ifSourceGenerationMatch=item.generation) == 200
    assert status(ifGenerationMatch=0) == 412


def test_bucket_reads(http: Http, bucket: storage.Bucket) -> None:
    path = f"/storage/v1/b/{bucket.name}"
    assert http("GET", path, params={"ifMetagenerationMatch": 1}).status_code == 200
    assert http("GET", path, params={"ifMetagenerationMatch": 2}).status_code == 412
    assert http("GET", path, params={"ifMetagenerationNotMatch": 1}).status_code == 304
    assert http("DELETE", path, params={"ifMetagenerationMatch": 2}).status_code == 412


@pytest.mark.parametrize(
    ("header", "status", "content"),
    [
        ("bytes=0-3", 206, b"0123"),
        ("bytes=8-", 206, b"89"),
        ("bytes=8-100", 206, b"89"),
        ("bytes=-3", 206, b"789"),
        ("bytes=-100", 206, b"0123456789"),
        ("bytes=5-2", 200, b"0123456789"),
        ("pages=1-2", 200, b"0123456789"),
        ("bytes=10-", 416, None),
        ("bytes=-0", 416, None),
    ],
)
def test_ranges(http: Http, item: storage.Blob, header: str, status: int, content: bytes | None) -> None:
    response = http("GET", "/download" + path_of(item), params={"alt": "media"}, headers={"Range": header})
    assert response.status_code == status
    if content is None:
        assert response.json()["error"]["code"] == 416
        return
    assert response.content == content
    assert response.headers["x-goog-generation"] == str(item.generation)
    assert response.headers["x-goog-hash"] == f"crc32c={item.crc32c},md5={item.md5_hash}"
    if status == 206:
        start = b"0123456789".index(content)
        assert response.headers["content-range"] == f"bytes {start}-{start + len(content) - 1}/10"
