"""Copies, moves and compositions, with their preconditions."""

from __future__ import annotations

import base64
import os
from typing import Any

import google_crc32c
import pytest
from google.api_core import exceptions
from google.cloud import storage

from localcloud.settings import LocalCloud
from tests.localcloud.services.storage.clients import Http, path_of
from tests.localcloud.services.storage.served import content_files, served_here


def test_copy_keeps_metadata_and_replaces_it_on_request(bucket: storage.Bucket) -> None:
    blob = bucket.blob("source")
    blob.metadata = {"k": "v"}
    blob.upload_from_string(b"abc", content_type="text/x-source")
    copied = bucket.copy_blob(blob, bucket, "copied")
    copied.reload()
    assert (copied.metadata, copied.content_type, copied.crc32c) == ({"k": "v"}, "text/x-source", blob.crc32c)
    fresh = bucket.blob("fresh")
    fresh.metadata = {"new": "1"}
    token, rewritten, total = fresh.rewrite(blob)
    assert (token, rewritten, total) == (None, 3, 3)
    fresh.reload()
    assert fresh.metadata == {"new": "1"}
    blob.delete()
    assert copied.download_as_bytes() == b"abc"


def test_move_is_one_step(bucket: storage.Bucket) -> None:
    bucket.blob("from").upload_from_string(b"abc")
    moved = bucket.move_blob(bucket.blob("from"), "to/there")
    assert moved.download_as_bytes() == b"abc"
    assert [one.name for one in bucket.list_blobs()] == ["to/there"]
    with pytest.raises(exceptions.NotFound):
        bucket.move_blob(bucket.blob("from"), "x")
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.move_blob(moved, "y", if_source_generation_match=1)


def test_compose(bucket: storage.Bucket) -> None:
    parts = [bucket.blob(f"p{number}") for number in range(3)]
    for number, part in enumerate(parts):
        part.upload_from_string(str(number) * 3)
    joined = bucket.blob("joined")
    joined.compose(parts)
    joined.reload()
    assert joined.download_as_bytes() == b"000111222"
    assert joined.md5_hash is None
    assert joined.crc32c == base64.b64encode(google_crc32c.value(b"000111222").to_bytes(4, "big")).decode()
    with pytest.raises(exceptions.PreconditionFailed):
        joined.compose(parts, if_source_generation_match=[1, None, None])
    with pytest.raises(exceptions.NotFound):
        joined.compose([bucket.blob("absent")])


NEVER = 1  # no generation of this service is so small


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


@pytest.mark.parametrize(
    ("path", "body"), [("/copyTo/b/lost/o/y", {}), ("/compose", {"sourceObjects": [{"name": "x"}]})]
)
def test_missing_content_is_said(own_cloud: LocalCloud, path: str, body: dict[str, Any]) -> None:
    with served_here(own_cloud) as http:
        http.create_bucket("lost")
        upload = "/upload/storage/v1/b/lost/o?uploadType=media&name=x"
        http("POST", upload, data=os.urandom(100_000)).raise_for_status()
        (file,) = content_files(own_cloud)
        file.unlink()
        answer = http("POST", "/storage/v1/b/lost/o/x" + path, json=body)
        assert answer.status_code == 500
        assert "The content of lost/x is missing from the disk" in answer.json()["error"]["message"]
