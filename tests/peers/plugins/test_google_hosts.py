"""Google's hosts, led to the local cloud."""

from __future__ import annotations

import pytest
import requests

from tests.peers.plugins.conftest import Load, Server


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://storage.googleapis.com/storage/v1/b", "http://here/storage/v1/b"),
        ("https://www.googleapis.com/upload/storage/v1/b/x/o", "http://here/upload/storage/v1/b/x/o"),
        ("https://my-bucket.storage.googleapis.com/a/b?c=d", "http://here/my-bucket/a/b?c=d"),
        ("https://oauth2.googleapis.com/token", "https://oauth2.googleapis.com/token"),
        ("http://127.0.0.1:1/https://x.storage.googleapis.com.example/", None),
    ],
)
def test_addresses(load: Load, url: str, expected: str | None) -> None:
    assert load("google_hosts", API_ENDPOINT_OVERRIDE="http://here").local(url) == (expected or url)


def test_requests_arrive_here(load: Load, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests.Session, "request", requests.Session.request)  # put back after the test
    load("google_hosts", API_ENDPOINT_OVERRIDE=server.url).pytest_configure()
    requests.post("https://bucket.storage.googleapis.com/object?uploads", data=b"sent", timeout=10)
    (asked,) = server.asked
    assert (asked.method, asked.path, asked.body) == ("POST", "/bucket/object?uploads", b"sent")
