"""Preconditions over plain HTTP: each kind, on each kind of call."""

from __future__ import annotations

from typing import Any

from google.cloud import storage

from tests.localcloud.services.storage.clients import Http, path_of

NEVER = 1  # no generation of this service is so small


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


def test_bucket_reads(http: Http, bucket: storage.Bucket) -> None:
    path = f"/storage/v1/b/{bucket.name}"
    assert http("GET", path, params={"ifMetagenerationMatch": 1}).status_code == 200
    assert http("GET", path, params={"ifMetagenerationMatch": 2}).status_code == 412
    assert http("GET", path, params={"ifMetagenerationNotMatch": 1}).status_code == 304
    assert http("DELETE", path, params={"ifMetagenerationMatch": 2}).status_code == 412
