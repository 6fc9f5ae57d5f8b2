"""Uploads over plain HTTP: multipart, resumable and its status questions, damaged bodies, checksums, gzip."""

from __future__ import annotations

import gzip
import json
import os

import pytest
import requests
from google.cloud import storage

from tests.localcloud.services.storage.clients import Http

CHUNK = 256 * 1024


def begin(http: Http, bucket: storage.Bucket, name: str, prefix: str = "/upload", **fields: object) -> str:
    path = f"{prefix}/storage/v1/b/{bucket.name}/o"
    response = http("POST", path, params={"uploadType": "resumable"}, json={"name": name} | fields)
    assert response.status_code == 200, response.text
    return response.headers["location"]


def put(http: Http, location: str, content_range: str, data: bytes = b"") -> requests.Response:
    return http("PUT", location, headers={"Content-Range": content_range}, data=data)


@pytest.mark.parametrize("prefix", ["/upload", "/resumable/upload"])
def test_resumable_in_pieces(http: Http, bucket: storage.Bucket, prefix: str) -> None:
    data = os.urandom(2 * CHUNK + 100)
    location = begin(http, bucket, "pieces", prefix)
    fresh = put(http, location, "bytes */*")
    assert fresh.status_code == 308
    assert "range" not in fresh.headers
    first = put(http, location, f"bytes 0-{CHUNK - 1}/*", data[:CHUNK])
    assert (first.status_code, first.headers["range"]) == (308, f"bytes=0-{CHUNK - 1}")
    for question in ("bytes */*", f"bytes */{len(data)}"):
        asked = put(http, location, question)
        assert (asked.status_code, asked.headers["range"]) == (308, f"bytes=0-{CHUNK - 1}")
    assert bucket.get_blob("pieces") is None
    last = put(http, location, f"bytes {CHUNK}-{len(data) - 1}/{len(data)}", data[CHUNK:])
    assert last.status_code == 200
    assert bucket.blob("pieces").download_as_bytes() == data
    lost_answer = put(http, location, f"bytes */{len(data)}")
    assert (lost_answer.status_code, lost_answer.json()["generation"]) == (200, last.json()["generation"])


def test_resumable_of_nothing_and_in_one_piece(http: Http, bucket: storage.Bucket) -> None:
    assert put(http, begin(http, bucket, "empty"), "bytes */0").json()["size"] == "0"
    assert http("PUT", begin(http, bucket, "whole"), data=b"abc").json()["size"] == "3"


def test_odd_piece_counts_in_whole_chunks(http: Http, bucket: storage.Bucket) -> None:
    data = os.urandom(CHUNK + 1000)
    location = begin(http, bucket, "odd")
    answer = put(http, location, f"bytes 0-{len(data) - 1}/*", data)
    assert (answer.status_code, answer.headers["range"]) == (308, f"bytes=0-{CHUNK - 1}")
    assert put(http, location, f"bytes {CHUNK}-{len(data) - 1}/{len(data)}", data[CHUNK:]).status_code == 200
    assert bucket.blob("odd").download_as_bytes() == data


def test_piece_sent_again_replaces_what_came_of_it(http: Http, bucket: storage.Bucket) -> None:
    data = os.urandom(2 * CHUNK)
    location = begin(http, bucket, "again")
    put(http, location, f"bytes 0-{CHUNK - 1}/*", os.urandom(CHUNK))
    assert put(http, location, f"bytes 0-{len(data) - 1}/{len(data)}", data).status_code == 200
    assert bucket.blob("again").download_as_bytes() == data


@pytest.mark.parametrize("content_range", ["bytes 262144-262145/*", "bytes 0-5/3", "bytes 5-0/*", "pages 1-2/3"])
def test_wrong_ranges_are_refused(http: Http, bucket: storage.Bucket, content_range: str) -> None:
    response = put(http, begin(http, bucket, "wrong"), content_range, b"ab")
    assert response.status_code == 400
    assert "Content-Range" in response.json()["error"]["message"]


def test_cancelled_upload_is_gone(http: Http, bucket: storage.Bucket) -> None:
    location = begin(http, bucket, "cancelled")
    put(http, location, f"bytes 0-{CHUNK - 1}/*", b"x" * CHUNK)
    assert http("DELETE", location).status_code == 499
    assert put(http, location, "bytes */*").status_code == 404
    assert bucket.get_blob("cancelled") is None


def test_preconditions_hold_when_the_upload_ends(http: Http, bucket: storage.Bucket) -> None:
    path = f"/upload/storage/v1/b/{bucket.name}/o"
    query = {"uploadType": "resumable", "name": "raced", "ifGenerationMatch": 0}
    location = http("POST", path, params=query).headers["location"]
    bucket.blob("raced").upload_from_string(b"first")
    assert put(http, location, "bytes 0-2/3", b"two").status_code == 412
    assert bucket.blob("raced").download_as_bytes() == b"first"
    assert http("POST", path, params=query).status_code == 412


def test_announced_checksums_are_verified(http: Http, bucket: storage.Bucket) -> None:
    path = f"/upload/storage/v1/b/{bucket.name}/o"
    query = {"uploadType": "media", "name": "checked"}
    response = http("POST", path, params=query, data=b"x", headers={"X-Goog-Hash": "crc32c=AAAAAA=="})
    assert response.status_code == 400
    assert "doesn't match calculated CRC32C" in response.json()["error"]["message"]
    assert put(http, begin(http, bucket, "checked", crc32c="AAAAAA=="), "bytes 0-0/1", b"x").status_code == 400
    assert bucket.get_blob("checked") is None


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
    ("content_type", "body", "message"),
    [
        ("multipart/related", b"", "has no boundary"),
        ("multipart/related; boundary=B", b"nothing", "it ends before"),
        ("multipart/related; boundary=B", b"--B\n\n{\n--B\n\nx\n--B--", "not JSON"),
    ],
)
def test_malformed_multipart_is_refused(
    http: Http, bucket: storage.Bucket, content_type: str, body: bytes, message: str
) -> None:
    path = f"/upload/storage/v1/b/{bucket.name}/o?uploadType=multipart"
    response = http("POST", path, data=body, headers={"Content-Type": content_type})
    assert response.status_code == 400
    assert message in response.json()["error"]["message"]


def test_gzip_bodies_are_unpacked(http: Http, bucket: storage.Bucket) -> None:
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    body = gzip.compress(json.dumps({"labels": {"zipped": "yes"}}).encode())
    patched = http("PATCH", f"/storage/v1/b/{bucket.name}", data=body, headers=headers)
    assert patched.json()["labels"] == {"zipped": "yes"}
    path = f"/upload/storage/v1/b/{bucket.name}/o?uploadType=media&name=unzipped"
    uploaded = http("POST", path, data=gzip.compress(b"z" * 3_000_000), headers=headers)
    assert uploaded.json()["size"] == "3000000"
    broken = http("POST", path, data=b"not gzip", headers=headers)
    assert broken.status_code == 400


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


def test_java_clients_send_patch_as_post(http: Http, bucket: storage.Bucket) -> None:
    headers = {"X-HTTP-Method-Override": "PATCH"}
    answer = http("POST", f"/storage/v1/b/{bucket.name}", json={"labels": {"a": "b"}}, headers=headers)
    assert answer.json()["labels"] == {"a": "b"}


@pytest.mark.parametrize("path", ["/storage/v1/nothing", "/upload/storage/v1/x", "/storage/v1/b/none/o/x", "/b/none"])
def test_every_error_is_json(http: Http, path: str) -> None:
    response = http("GET", path)
    assert response.status_code == 404
    assert response.json()["error"]["code"] == 404
