"""Objects' bytes on their way out: ranges and their headers."""

from __future__ import annotations

import base64
import os
from typing import Any

import pytest
from google.cloud import storage

from tests.localcloud.services.storage.clients import Http, path_of


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
        assert response.text.startswith("Request range not satisfiable")
        return
    assert response.content == content
    assert response.headers["x-goog-generation"] == str(item.generation)
    assert response.headers["x-goog-hash"] == f"crc32c={item.crc32c},md5={item.md5_hash}"
    if status == 206:
        start = b"0123456789".index(content)
        assert response.headers["content-range"] == f"bytes {start}-{start + len(content) - 1}/10"


def test_stream_reader_and_writer(bucket: storage.Bucket) -> None:
    data = os.urandom(1_500_000)
    writing: Any = bucket.blob("stream").open("wb", chunk_size=512 * 1024)  # typed as if it took text
    with writing as writer:
        for start in range(0, len(data), 100_000):
            writer.write(data[start : start + 100_000])
    with bucket.blob("stream").open("rb", chunk_size=256 * 1024) as reader:
        assert reader.read() == data
        reader.seek(777_777)
        assert reader.read(10) == data[777_777:777_787]


def test_headers_describe_the_object(http: Http, bucket: storage.Bucket) -> None:
    """Source: https://cloud.google.com/storage/docs/xml-api/reference-headers"""
    blob = bucket.blob("described")
    blob.metadata, blob.cache_control = {"reason": "dämaged"}, "no-store"
    blob.upload_from_string(b"x", content_type="text/x")
    json_api = http("GET", "/download" + path_of(blob) + "?alt=media").headers
    assert (json_api["content-type"], json_api["cache-control"], json_api["etag"]) == ("text/x", "no-store", blob.etag)
    assert json_api["x-goog-meta-reason"].encode("latin-1").decode() == "dämaged"
    assert json_api["x-goog-stored-content-length"] == "1"
    xml_api = http("GET", f"/{bucket.name}/described").headers
    assert xml_api["etag"] == f'"{base64.b64decode(blob.md5_hash or "").hex()}"'
