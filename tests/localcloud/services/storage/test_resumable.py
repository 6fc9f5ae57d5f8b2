"""Resumable uploads over plain HTTP: pieces, status questions, cancels, restarts, and who may go on."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import psutil
import pytest
from google.auth.transport.requests import Request
from google.cloud import storage

from localcloud.services.storage import resumable
from localcloud.settings import LocalCloud
from tests.localcloud.services.storage.clients import Http, begin, credentials_of, grant, put
from tests.localcloud.services.storage.served import CHUNK, served_here


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


def test_upload_session_belongs_to_who_began_it(
    local_cloud: LocalCloud, bucket: storage.Bucket, new_account: Callable[[], str]
) -> None:
    """Its URL is a key as in Google's: whoever has it may continue; rights withdrawn meanwhile count."""
    email = new_account()
    policy = bucket.get_iam_policy()
    grant(bucket, "objectCreator", f"serviceAccount:{email}")
    account = credentials_of(local_cloud, email)
    account.refresh(Request())
    theirs = Http(local_cloud.url("storage"), account.token)
    path = f"/upload/storage/v1/b/{bucket.name}/o?uploadType=resumable&name="
    first, second = (theirs("POST", path + name).headers["location"] for name in ("one", "two"))
    nobody = Http(local_cloud.url("storage"), None)
    assert nobody("PUT", first, data=b"x").status_code == 200
    policy.etag = None
    bucket.set_iam_policy(policy)
    assert theirs("PUT", second, data=b"x").status_code == 403


def test_last_request_of_an_upload_may_be_repeated(own_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that loses patience sends its last piece again while the first one is being stored."""
    data = os.urandom(100_000)
    with served_here(own_cloud) as http:
        http.create_bucket("again")
        location = http("POST", "/upload/storage/v1/b/again/o?uploadType=resumable&name=x").headers["location"]
        storing, repeated = threading.Event(), threading.Event()
        receive, fsync = resumable.receive, os.fsync

        async def counted(*arguments: Any) -> Any:
            if storing.is_set():
                repeated.set()
            return await receive(*arguments)

        def slow(descriptor: int) -> None:
            storing.set()
            assert repeated.wait(20)
            fsync(descriptor)

        monkeypatch.setattr(resumable, "receive", counted)
        monkeypatch.setattr(os, "fsync", slow)
        generations: list[str] = []

        def send() -> None:
            headers = {"Content-Range": f"bytes 0-{len(data) - 1}/{len(data)}"}
            generations.append(http("PUT", location, data=data, headers=headers).json()["generation"])

        first, second = threading.Thread(target=send), threading.Thread(target=send)
        first.start()
        assert storing.wait(20)
        second.start()
        first.join()
        second.join()
        assert len(generations) == 2
        assert len(set(generations)) == 1
        assert http("GET", "/again/x").content == data


def test_waiting_uploads_hold_no_files_open(own_cloud: LocalCloud) -> None:
    with served_here(own_cloud) as http:
        http.create_bucket("many")
        locations = []
        for number in range(3):
            path = f"/upload/storage/v1/b/many/o?uploadType=resumable&name={number}"
            locations.append(http("POST", path).headers["location"])
            headers = {"Content-Range": f"bytes 0-{CHUNK - 1}/*"}
            assert http("PUT", locations[-1], data=b"x" * CHUNK, headers=headers).status_code == 308
        content = str(own_cloud.home / "storage" / "content")
        assert [file.path for file in psutil.Process().open_files() if file.path.startswith(content)] == []
        ended = http("PUT", locations[0], headers={"Content-Range": f"bytes */{CHUNK}"})
        assert ended.json()["size"] == str(CHUNK)


@pytest.mark.parametrize("total", ["*", "600000"])
def test_a_small_piece_that_is_not_the_last_ends_an_upload(http: Http, bucket: storage.Bucket, total: str) -> None:
    location = begin(http, bucket, "small")
    refused = put(http, location, f"bytes 0-999/{total}", bytes(1000))
    assert refused.status_code == 400
    assert refused.text.startswith("Invalid request.  The number of bytes uploaded is required to be equal or greater")
    assert refused.text.endswith("The received request contained 1000 bytes, which does not meet this requirement.")
    assert put(http, location, f"bytes 0-{CHUNK - 1}/{total}", bytes(CHUNK)).status_code == 400
    assert not bucket.blob("small").exists()
    whole = begin(http, bucket, "small")
    assert put(http, whole, "bytes 0-999/1000", bytes(1000)).status_code == 200
