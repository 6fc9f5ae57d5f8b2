from __future__ import annotations

import pytest

from pipelines.serving.http import requests_seen
from pipelines.serving.http.requests_seen import LONGEST, RequestsSeen, cut

HEADERS = b"Host: here\r\nAccept: */*\r\n\r\n"


def request(target: bytes, headers: bytes = HEADERS) -> bytes:
    return b"GET %b HTTP/1.1\r\n%b" % (target, headers)


def test_a_request_that_ends_like_one_before_is_cut_at_its_target() -> None:
    seen = RequestsSeen()
    seen.remember(request(b"/a"), b"/a", {b"accept": b"*/*"})
    target, rest = cut(request(b"/b?c=%20"))
    assert (target, seen.get(rest)) == (b"/b?c=%20", {b"accept": b"*/*"})


@pytest.mark.parametrize("target", [b"", b"/a b", b"/a\r\nX-Other: 1", b"/\xc3\xbc", b"/" + b"x" * LONGEST])
def test_what_can_not_be_a_target_is_left_to_the_parser(target: bytes) -> None:
    assert cut(request(target))[0] == b""


@pytest.mark.parametrize(
    "data",
    [
        request(b"/a") + request(b"/b"),
        b"POST /a HTTP/1.1\r\n" + HEADERS,
        b"GET /a HTTP/1.0\r\n" + HEADERS,
        request(b"/a", b"X: " + b"x" * LONGEST + b"\r\n\r\n"),
        HEADERS,
        b"",
    ],
)
def test_only_one_whole_request_is_remembered(data: bytes) -> None:
    seen = RequestsSeen()
    seen.remember(data, b"/a", {})
    assert not seen


def test_its_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests_seen, "REMEMBERED", 10)
    seen = RequestsSeen()
    for number in range(100):
        seen.remember(request(b"/a", b"X: %d\r\n\r\n" % number), b"/a", {})
        assert len(seen) <= 10
