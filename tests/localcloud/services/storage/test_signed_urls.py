"""Signed URLs, made by Google's client and used by whoever has them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from google.cloud import storage
from google.cloud.storage.blob import _get_encryption_headers

from localcloud.settings import LocalCloud
from tests.localcloud.services.storage.clients import Http, client_of, grant, path_of, texts

HOUR = dt.timedelta(hours=1)
VERSIONS = ("v2", "v4")


def signed(blob: storage.Blob, version: str, expiration: dt.timedelta | dt.datetime = HOUR, **options: Any) -> str:
    return blob.generate_signed_url(expiration, version=version, **options)


def code(response: requests.Response) -> tuple[int, str]:
    body = response.text
    return response.status_code, body.partition("<Code>")[2].partition("</Code>")[0]


@pytest.mark.parametrize("version", VERSIONS)
def test_get_put_and_delete(bucket: storage.Bucket, version: str) -> None:
    blob = bucket.blob("a folder/ü + ~name?")
    url = signed(blob, version, method="PUT", content_type="text/plain")
    put = requests.put(url, b"data", headers={"Content-Type": "text/plain"}, timeout=10)
    assert put.status_code == 200
    assert requests.get(signed(blob, version), timeout=10).content == b"data"
    assert requests.head(signed(blob, version, method="HEAD"), timeout=10).headers["content-type"] == "text/plain"
    assert requests.delete(signed(blob, version, method="DELETE"), timeout=10).status_code == 204
    assert not blob.exists()
    assert code(requests.get(signed(blob, version), timeout=10)) == (404, "NoSuchKey")


@pytest.mark.parametrize("version", VERSIONS)
def test_only_what_was_signed_is_taken(item: storage.Blob, version: str) -> None:
    url = signed(item, version)
    other = url.replace("/item?", "/other?")
    damaged = (
        url[:-2] + ("00" if not url.endswith("00") else "11")
        if version == "v4"
        else url.replace("Signature=", "Signature=AAAA")
    )
    for response in (
        requests.put(url, b"x", timeout=10),
        requests.get(other, timeout=10),
        requests.get(damaged, timeout=10),
    ):
        assert code(response) == (403, "SignatureDoesNotMatch")
    assert item.download_as_bytes() == b"0123456789"


@pytest.mark.parametrize("version", VERSIONS)
def test_it_ends(item: storage.Blob, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    past = dt.datetime.now(dt.UTC) - 2 * HOUR
    monkeypatch.setattr("google.cloud.storage._signing._NOW", lambda _: past)
    url = signed(item, version, expiration=past + HOUR)
    assert code(requests.get(url, timeout=10)) == (400, "ExpiredToken")


@pytest.mark.parametrize("version", VERSIONS)
def test_who_signed_needs_the_permission(
    local_cloud: LocalCloud, item: storage.Blob, new_account: Callable[[], str], version: str
) -> None:
    email = new_account()
    blob = client_of(local_cloud, email).bucket(item.bucket.name).blob("item")
    url = signed(blob, version)
    assert code(requests.get(url, timeout=10)) == (403, "AccessDenied")
    grant(item.bucket, "objectViewer", f"serviceAccount:{email}")
    assert requests.get(url, timeout=10).content == b"0123456789"
    stranger = url.replace(email.split("@")[0], "stranger")
    assert code(requests.get(stranger, timeout=10)) == (403, "AccessDenied")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_resumable_upload_begins_with_one(bucket: storage.Bucket, version: str) -> None:
    url = signed(bucket.blob("x"), version, method="RESUMABLE")
    begun = requests.post(url, headers={"x-goog-resumable": "start"}, timeout=10)
    assert begun.status_code == 201
    size = 256 * 1024
    place = begun.headers["location"]
    first = requests.put(place, bytes(size), headers={"Content-Range": f"bytes 0-{size - 1}/*"}, timeout=10)
    assert (first.status_code, first.headers["range"]) == (308, f"bytes=0-{size - 1}")
    last = requests.put(place, b"end", headers={"Content-Range": f"bytes {size}-{size + 2}/{size + 3}"}, timeout=10)
    assert (last.status_code, last.content) == (200, b"")
    assert bucket.blob("x").download_as_bytes() == bytes(size) + b"end"
    dropped = requests.post(url, headers={"x-goog-resumable": "start"}, timeout=10).headers["location"]
    assert requests.delete(dropped, timeout=10).status_code == 499
    assert code(requests.put(dropped, b"x", timeout=10)) == (404, "NoSuchKey")


@pytest.mark.parametrize("version", VERSIONS)
def test_headers_and_parameters_are_signed_with_it(bucket: storage.Bucket, version: str) -> None:
    blob = bucket.blob("x")
    headers = {"x-goog-meta-who": "me", "x-goog-if-generation-match": "0"}
    url = signed(blob, version, method="PUT", headers=headers)
    assert requests.put(url, b"x", timeout=10).status_code in (400, 403)
    assert requests.put(url, b"x", headers=headers, timeout=10).status_code == 200
    assert code(requests.put(url, b"y", headers=headers, timeout=10)) == (412, "PreconditionFailed")
    more = signed(blob, version, response_type="text/css", response_disposition="attachment; filename=ü")
    got = requests.get(more, timeout=10)
    assert got.headers["content-type"] == "text/css"
    assert got.headers["content-disposition"].encode("latin-1").decode() == "attachment; filename=ü"
    listed = requests.get(
        bucket.generate_signed_url(HOUR, version=version, query_parameters={"prefix": "x"}), timeout=10
    )
    assert texts(listed.content, "Key") == ["x"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_customers_key_goes_with_it(bucket: storage.Bucket, version: str) -> None:
    blob = bucket.blob("x", encryption_key=b"k" * 32)
    blob.upload_from_string(b"secret")
    headers = _get_encryption_headers(b"k" * 32)
    url = signed(blob, version)
    assert requests.get(url, headers=headers, timeout=10).content == b"secret"
    assert requests.get(url, timeout=10).status_code in (400, 403)


def test_a_header_must_be_sent_where_it_was_signed_and_signed_where_it_was_sent(item: storage.Blob) -> None:
    url = signed(item, "v4", headers={"x-goog-meta-a": "b"})
    assert code(requests.get(url, timeout=10)) == (400, "MalformedSecurityHeader")
    more = {"x-goog-meta-a": "b", "x-goog-meta-c": "d"}
    assert code(requests.get(url, headers=more, timeout=10)) == (400, "MalformedSecurityHeader")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("GOOG4-RSA-SHA256", "GOOG4-HMAC-SHA256"),
        ("X-Goog-Expires=3600", "X-Goog-Expires=0"),
        ("X-Goog-Expires=3600", "X-Goog-Expires=604801"),
        ("X-Goog-Expires=3600", "X-Goog-Expires=x"),
        ("X-Goog-SignedHeaders=host", "X-Goog-SignedHeaders="),
        ("X-Goog-SignedHeaders=host", "X-Goog-SignedHeaders=date"),
        ("X-Goog-Signature=", "X-Goog-Signature=z"),
        ("X-Goog-Date=", "X-Goog-Date=1"),
        ("goog4_request", "goog4"),
    ],
)
def test_what_is_malformed_is_refused(item: storage.Blob, old: str, new: str) -> None:
    url = signed(item, "v4")
    assert old in url
    refused = requests.get(url.replace(old, new), timeout=10)
    assert refused.status_code in (400, 403)
    assert code(refused)[1] in ("InvalidArgument", "MalformedSecurityHeader", "SignatureDoesNotMatch")


def test_a_date_to_come_is_refused(item: storage.Blob, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("google.cloud.storage._signing._NOW", lambda _: dt.datetime.now(dt.UTC) + HOUR)
    assert code(requests.get(signed(item, "v4", expiration=dt.timedelta(hours=3)), timeout=10)) == (
        403,
        "RequestTimeTooSkewed",
    )


def test_it_is_of_the_xml_api_alone(item: storage.Blob, http: Http) -> None:
    query = urlsplit(signed(item, "v4")).query
    assert requests.get(f"{http.root}{path_of(item)}?{query}", timeout=10).status_code == 400
