"""Gzip is unpacked on the way out for those who don't take it, and on the way in."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator

import pytest
from google.cloud import storage

from localcloud.services.storage.gzipped import unpacked
from tests.localcloud.services.storage.clients import Http

CUT_SHORT = gzip.compress(b"x" * 100)[:-1]
FOLLOWED_BY_MORE = gzip.compress(b"x") + b"rest"


def test_gzip_content_is_unpacked_for_those_who_dont_take_it(bucket: storage.Bucket, http: Http) -> None:
    data = b"text " * 100_000
    blob = bucket.blob("packed")
    blob.content_encoding = "gzip"
    blob.upload_from_string(gzip.compress(data), content_type="text/plain")
    assert gzip.decompress(blob.download_as_bytes(raw_download=True)) == data
    path = f"/download/storage/v1/b/{bucket.name}/o/packed?alt=media"
    packed = http("GET", path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == data  # unpacked by requests
    plain = http("GET", path, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == data


def test_packed_content_of_several_members_is_unpacked_whole(bucket: storage.Bucket, http: Http) -> None:
    blob = bucket.blob("members")
    blob.content_encoding = "gzip"
    blob.upload_from_string(gzip.compress(b"first ") + gzip.compress(b"second"))
    plain = http("GET", f"/{bucket.name}/members", headers={"Accept-Encoding": "identity"})
    assert plain.content == b"first second"


def test_gzip_of_several_members_is_one_body(http: Http, bucket: storage.Bucket) -> None:
    path = f"/upload/storage/v1/b/{bucket.name}/o?uploadType=media&name=members"
    headers = {"Content-Encoding": "gzip"}
    members = gzip.compress(b"first ") + gzip.compress(b"second")
    assert http("POST", path, data=members + bytes(100), headers=headers).json()["size"] == "12"
    assert bucket.blob("members").download_as_bytes() == b"first second"
    for cut in (members[:-3], members + b"rest"):
        refused = http("POST", path, data=cut, headers=headers)
        assert refused.status_code == 400
        assert "is not gzip as its header says" in refused.json()["error"]["message"]


async def pieces(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def unpacked_at_once(data: bytes, size: int) -> bytes:
    async def join() -> bytes:
        return b"".join([piece async for piece in unpacked(pieces(data, size))])

    return asyncio.run(join())


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_members_in_pieces_of_any_size_and_padding(size: int) -> None:
    packed = gzip.compress(b"first ") + gzip.compress(b"second") + bytes(20)
    assert unpacked_at_once(packed, size) == b"first second"


@pytest.mark.parametrize("data", [b"", b"no gzip", CUT_SHORT, FOLLOWED_BY_MORE], ids=["", "no gzip", "cut", "more"])
def test_a_damaged_stream_is_an_error(data: bytes) -> None:
    with pytest.raises(zlib.error):
        unpacked_at_once(data, 5)
