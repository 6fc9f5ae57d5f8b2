"""Forms that a browser posts, with and without a signed policy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import requests
from google.cloud import storage

from localcloud.settings import LocalCloud
from tests.localcloud.services.storage.clients import client_of, grant

HOUR = dt.timedelta(hours=1)


def form(bucket: storage.Bucket, name: str, **options: Any) -> dict[str, Any]:
    client = options.pop("client", bucket.client)
    return client.generate_signed_post_policy_v4(bucket.name, name, **{"expiration": HOUR} | options)


def post(made: dict[str, Any], data: bytes = b"data\r\n", more: dict[str, str] | None = None) -> requests.Response:
    return requests.post(made["url"], made["fields"] | (more or {}), files={"file": ("f.txt", data)}, timeout=10)


def said(response: requests.Response) -> tuple[int, str]:
    return response.status_code, response.text.partition("<Code>")[2].partition("</Code>")[0]


@pytest.mark.parametrize("size", [6, 3_000_000])
def test_a_form_becomes_an_object(bucket: storage.Bucket, size: int) -> None:
    fields = {"Content-Type": "text/css", "x-goog-meta-who": "ü", "cache-control": "no-store", "x-ignore-a": "b"}
    data = bytes(size)
    assert post(form(bucket, "a/b", fields=fields), data).status_code == 204
    blob = bucket.get_blob("a/b")
    assert blob is not None
    assert (blob.content_type, blob.metadata, blob.cache_control) == ("text/css", {"who": "ü"}, "no-store")
    assert blob.download_as_bytes() == data


def test_conditions_hold(bucket: storage.Bucket) -> None:
    made = form(
        bucket,
        "a",
        conditions=[
            ["starts-with", "$content-type", "image/"],
            ["content-length-range", 2, 4],
            ["eq", "$x-goog-meta-a", "b"],
        ],
    )
    right = {"content-type": "image/png", "x-goog-meta-a": "b"}
    assert said(post(made, b"data", right | {"content-type": "text/css"})) == (400, "InvalidPolicyDocument")
    assert said(post(made, b"data", right | {"x-goog-meta-a": "c"})) == (400, "InvalidPolicyDocument")
    assert said(post(made, b"data", right | {"x-goog-meta-b": "c"})) == (400, "InvalidPolicyDocument")
    assert said(post(made, b"d", right)) == (400, "EntityTooSmall")
    assert said(post(made, b"data!", right)) == (413, "EntityTooLarge")
    assert not list(bucket.list_blobs())
    assert post(made, b"data", right | {"x-ignore-me": "x"}).status_code == 204
    assert bucket.blob("a").download_as_bytes() == b"data"


def test_a_policy_is_of_one_bucket_and_one_name(bucket: storage.Bucket) -> None:
    made = form(bucket, "a")
    assert said(post(made | {"fields": made["fields"] | {"key": "b"}})) == (400, "InvalidPolicyDocument")
    elsewhere = form(bucket.client.bucket("elsewhere"), "a") | {"url": made["url"]}
    assert said(post(elsewhere)) == (400, "InvalidPolicyDocument")


def test_wrong_and_expired_policies_are_refused(bucket: storage.Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    made = form(bucket, "a")
    assert said(post(made, more={"x-goog-signature": "00"})) == (403, "SignatureDoesNotMatch")
    assert said(post(made, more={"x-goog-signature": "z"})) == (400, "InvalidArgument")
    assert said(post(made, more={"x-goog-algorithm": "GOOG4-HMAC-SHA256"})) == (400, "InvalidArgument")
    past = dt.datetime.now(dt.UTC) - 2 * HOUR
    monkeypatch.setattr("google.cloud.storage.client._NOW", lambda _: past)
    monkeypatch.setattr("google.cloud.storage._signing._NOW", lambda _: past)
    assert said(post(form(bucket, "a"))) == (400, "ExpiredToken")


def test_who_made_the_policy_needs_the_permission(
    local_cloud: LocalCloud, bucket: storage.Bucket, new_account: Callable[[], str]
) -> None:
    email = new_account()
    made = form(bucket, "a", client=client_of(local_cloud, email))
    assert said(post(made)) == (403, "AccessDenied")
    grant(bucket, "objectCreator", f"serviceAccount:{email}")
    assert post(made).status_code == 204
    assert said(post(made)) == (403, "AccessDenied")  # to replace needs more


def test_answers_are_as_the_form_wants(bucket: storage.Bucket) -> None:
    created = post(form(bucket, "a", fields={"success_action_status": "201"}))
    assert (created.status_code, texts_of(created, "Key")) == (201, "a")
    assert post(form(bucket, "a", fields={"success_action_status": "200"})).status_code == 200
    made = form(bucket, "a", fields={"success_action_redirect": "http://example.com/done"})
    answer = requests.post(made["url"], made["fields"], files={"file": b"x"}, timeout=10, allow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "http://example.com/done")


def texts_of(response: requests.Response, tag: str) -> str:
    return response.text.partition(f"<{tag}>")[2].partition("<")[0]


def test_what_is_no_form_is_refused(bucket: storage.Bucket) -> None:
    url = form(bucket, "a")["url"]
    assert said(requests.post(url, b"x", timeout=10)) == (400, "InvalidArgument")
    assert said(requests.post(url, files={"file": b"x"}, timeout=10)) == (400, "InvalidArgument")
    unknown = post(form(bucket, "a", fields={"x-goog-random": "x"}))
    assert (unknown.status_code, "x-goog-random is not offered" in unknown.text) == (400, True)
    acl = requests.post(url, {"key": "a", "acl": "public-read"}, files={"file": b"x"}, timeout=10)
    assert (acl.status_code, "acl is not offered" in acl.text) == (400, True)
    anonymous = requests.post(url, {"key": "a"}, files={"file": b"x"}, timeout=10)
    assert said(anonymous) == (401, "AuthenticationRequired")
    grant(bucket, "objectCreator", "allUsers")
    assert requests.post(url, {"key": "a"}, files={"file": b"x"}, timeout=10).status_code == 204
    named = {"file": ("f.txt", b"x")}
    assert requests.post(url, {"key": "in/${filename}"}, files=named, timeout=10).status_code == 204
    assert bucket.blob("in/f.txt").exists()
