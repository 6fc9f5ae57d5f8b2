"""Multipart bodies: metadata and media in one upload."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from google.cloud import storage

from localcloud.services.storage.related import boundary_of, split
from tests.localcloud.services.storage.clients import Http


@pytest.mark.parametrize("newline", [b"\r\n", b"\n"])
@pytest.mark.parametrize("data", [b"", b"plain", b"\r\n--B is no boundary\r\n--", b"x" * 3_000_000])
def test_multipart(http: Http, bucket: storage.Bucket, newline: bytes, data: bytes) -> None:
    head = [b"--BOUND", b"Content-Type: application/json", b"", json.dumps({"name": "m"}).encode()]
    lines = [*head, b"--BOUND", b"Content-Type: text/x-part", b"", data, b"--BOUND--", b""]
    path = f"/upload/storage/v1/b/{bucket.name}/o?uploadType=multipart"
    headers = {"Content-Type": "multipart/related; boundary=BOUND"}
    answer = http("POST", path, data=newline.join(lines), headers=headers).json()
    assert answer["contentType"] == "text/x-part"
    assert bucket.blob("m").download_as_bytes() == data
    truncated = newline.join(lines[:-2])
    response = http("POST", path, data=truncated, headers=headers)
    assert response.status_code == 400
    assert "closing boundary is missing" in response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("parameter", "boundary"), [("B", b"B"), ('"=B C="', b"=B C="), ("'=B='", b"=B="), ("'B", b"'B"), ("B'", b"B'")]
)
def test_a_boundary_may_be_quoted_in_two_ways(parameter: str, boundary: bytes) -> None:
    assert boundary_of(f"multipart/related; boundary={parameter}") == boundary


@pytest.mark.parametrize(
    ("content_type", "body", "message"),
    [
        ("multipart/related", b"", "has no boundary"),
        ("multipart/related; boundary=B", b"nothing", "it ends before"),
        ("multipart/related; boundary=B", b"--B\n\n{\n--B\n\nx\n--B--", "not JSON"),
        ("multipart/related; boundary=B", b'--B\n\n{"cacheControl": "\\ud800"}\n--B\n\nx\n--B--', "not JSON"),
        ("multipart/related; boundary=B", b'--B\n\n{"name": NaN}\n--B\n\nx\n--B--', "NaN is no number of JSON"),
        ("multipart/related; boundary=B", b"--B\n\n[]\n--B\n\nx\n--B--", "not a JSON object"),
    ],
)
def test_malformed_multipart_is_refused(
    http: Http, bucket: storage.Bucket, content_type: str, body: bytes, message: str
) -> None:
    path = f"/upload/storage/v1/b/{bucket.name}/o?uploadType=multipart"
    response = http("POST", path, data=body, headers={"Content-Type": content_type})
    assert response.status_code == 400
    assert message in response.json()["error"]["message"]


async def pieces(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


@pytest.mark.parametrize("size", [1, 3, 1 << 20])
@pytest.mark.parametrize("headers", ["", "Content-Type: text/x\r\n"])
def test_parts_are_found_wherever_the_stream_is_cut(size: int, headers: str) -> None:
    body = f'preamble\r\n--B\r\n\r\n{{"name": "m"}}\r\n--B\r\n{headers}\r\nsome --B media\r\n--B--\r\nepilogue'

    async def read() -> tuple[dict[str, Any], str, bytes]:
        related = await split(pieces(body.encode(), size), 'multipart/related; boundary="B"')
        return related.metadata, related.content_type, b"".join([piece async for piece in related.media])

    assert asyncio.run(read()) == ({"name": "m"}, "text/x" if headers else "", b"some --B media")
