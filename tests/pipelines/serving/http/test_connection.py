"""HTTP/1.1 as clients send it: whole, in pieces, several at once, damaged, too long."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.serving.http import connection
from pipelines.serving.overload.quotas import Quotas
from tests.pipelines.serving.http.echo import Echo, read_answer, serving_echo
from tests.waiting import wait_for

GET = b"GET %b HTTP/1.1\r\nHost: here\r\n\r\n"
POST = b"POST /batch HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"POST /batch HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"


@pytest.fixture(scope="module")
def echo() -> Iterator[Echo]:
    with serving_echo() as echo:
        yield echo


def told(answer: tuple[int, dict[str, str], bytes]) -> tuple[str, str, str]:
    assert answer[0] == 200
    value = orjson.loads(answer[2])
    return value["method"], value["target"], value["body"]


def test_a_request_is_handed_over_as_it_was_sent(echo: Echo) -> None:
    ((status, headers, body),) = echo.exchange(
        b"GET /a%2Fb?x=%20 HTTP/1.1\r\nHost: here\r\nACCEPT: text/plain\r\nX-Other: 1\r\nPriority: u=5\r\n\r\n"
    )
    assert status == 200
    assert headers["content-type"] == "application/json"
    assert headers["date"].endswith("GMT")
    assert orjson.loads(body) == {
        "method": "GET",
        "target": "/a%2Fb?x=%20",
        "body": "",
        "headers": {"accept": "text/plain", "priority": "u=5"},
    }


@pytest.mark.parametrize("post", [POST, CHUNKED])
def test_bodies(echo: Echo, post: bytes) -> None:
    assert told(echo.exchange(post)[0]) == ("POST", "/batch", "hello")


def test_several_requests_at_once_are_answered_in_their_order(echo: Echo) -> None:
    """Also when the very same bytes come again: what is remembered is one request."""
    for _ in range(3):
        answers = echo.exchange(GET % b"/lasting1" + GET % b"/lasting2" + POST + GET % b"/lasting3", answers=4)
        assert [told(answer)[1] for answer in answers] == ["/lasting1", "/lasting2", "/batch", "/lasting3"]


def test_the_same_request_again_is_answered_without_asking(echo: Echo) -> None:
    for _ in range(3):
        assert told(echo.exchange(GET % b"/lasting/x")[0])[1] == "/lasting/x"
    before = len(echo.asked)
    assert told(echo.exchange(GET % b"/lasting/x")[0])[1] == "/lasting/x"
    assert len(echo.asked) == before
    assert echo.service is not None
    echo.service.given.clear()
    assert told(echo.exchange(GET % b"/lasting/x")[0])[1] == "/lasting/x"
    assert len(echo.asked) == before + 1


STREAM = [
    (GET % b"/lasting/1", ("GET", "/lasting/1", "")),
    (GET % b"/plain?a=b", ("GET", "/plain?a=b", "")),
    (POST, ("POST", "/batch", "hello")),
    (CHUNKED, ("POST", "/batch", "hello")),
]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    chosen=st.lists(st.sampled_from(STREAM), min_size=1, max_size=6),
    cuts=st.lists(st.integers(0, 400), max_size=8),
)
def test_however_the_bytes_are_cut(echo: Echo, chosen: list, cuts: list[int]) -> None:
    data = b"".join(sent for sent, _ in chosen)
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    parts = [data[start:end] for start, end in pairwise(places)]
    answers = echo.exchange(*parts, answers=len(chosen))
    assert [told(answer) for answer in answers] == [expected for _, expected in chosen]


def test_head_is_get_without_the_body(echo: Echo) -> None:
    with echo.connect() as client:
        client.sendall(b"HEAD /x HTTP/1.1\r\nHost: here\r\n\r\n" + GET % b"/after")
        stream = client.makefile("rb")
        status, headers, _ = read_answer(stream, has_body=False)
        assert (status, headers["content-length"]) == (200, str(len(echo.exchange(GET % b"/x")[0][2])))
        assert told(read_answer(stream))[1] == "/after"


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /x HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n",
        b"GET /x HTTP/1.0\r\n\r\n",
        b"GET /x HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    ],
)
def test_the_connection_is_closed_after_the_answer(echo: Echo, request_bytes: bytes) -> None:
    with echo.connect() as client:
        client.sendall(request_bytes)
        stream = client.makefile("rb")
        assert told(read_answer(stream))[1] == "/x"
        assert stream.read() == b""


def test_a_client_may_ask_before_it_sends_its_body(echo: Echo) -> None:
    with echo.connect() as client:
        client.sendall(b"POST /batch HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        stream = client.makefile("rb")
        assert stream.readline() == b"HTTP/1.1 100 Continue\r\n"
        assert stream.readline() == b"\r\n"
        client.sendall(b"hello")
        assert told(read_answer(stream)) == ("POST", "/batch", "hello")


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"GET /x HTTP/9.9\r\n\r\n", 400),
        (b"GET /x y HTTP/1.1\r\nHost: here\r\n\r\n", 400),
        (b"GET /x HTTP/1.1\r\nHost here\r\n\r\n", 400),
        (b"POST /x HTTP/1.1\r\nHost: here\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET /%b HTTP/1.1\r\nHost: here\r\n\r\n" % (b"x" * 20_000), 431),
        (b"GET / HTTP/1.1\r\nHost: here\r\nCookie: %b\r\n\r\n" % (b"x" * 20_000), 431),
        (b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 2000000\r\n\r\n" + b"x" * 1_100_000, 413),
    ],
)
def test_what_is_no_request_is_refused_and_the_connection_closed(echo: Echo, request_bytes: bytes, status: int) -> None:
    with echo.connect() as client:
        client.sendall(request_bytes)
        stream = client.makefile("rb")
        found, headers, body = read_answer(stream)
        assert (found, headers["connection"]) == (status, "close")
        assert "detail" in orjson.loads(body)


def test_a_request_known_by_its_end_is_still_checked(echo: Echo) -> None:
    """Its headers are as of those before it, so only its first line can be wrong."""
    assert told(echo.exchange(GET % b"/x")[0])[1] == "/x"
    for target in (b"/x y", b"/x\r\nX-Other: 1", b"", b"/\xc3\xbc"):
        assert echo.exchange(GET % target)[0][0] in (200, 400)
        assert not echo.asked or echo.asked[-1].target.isascii()
    assert echo.exchange(GET % b"/x y")[0][0] == 400


def test_a_handler_that_fails_is_a_500_and_the_connection_lives(echo: Echo) -> None:
    answers = echo.exchange(GET % b"/fails" + GET % b"/x", answers=2)
    assert [answer[0] for answer in answers] == [500, 200]


def test_what_takes_longer_keeps_the_order(echo: Echo) -> None:
    with echo.connect() as client:
        client.sendall(GET % b"/later" + GET % b"/x")
        wait_for(lambda: echo.asked[-1].target == b"/later", what="the first request")
        assert told(echo.exchange(GET % b"/other")[0])[1] == "/other"
        echo.loop.call_soon_threadsafe(echo.released.set)
        stream = client.makefile("rb")
        assert [told(read_answer(stream))[1] for _ in range(2)] == ["/later", "/x"]


def test_a_request_that_never_ends_is_given_up(echo: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "REQUEST_SECONDS", 0.1)
    with echo.connect() as client:
        client.sendall(b"GET /x HTTP/1.1\r\nHost: he")
        assert read_answer(client.makefile("rb"))[0] == 408


def test_a_caller_over_its_quota_waits() -> None:
    with serving_echo(quotas=Quotas({"*": 0.5})) as echo:
        named = b"GET /lasting HTTP/1.1\r\nHost: here\r\nX-Caller: %b\r\n\r\n"
        statuses = [echo.exchange(named % caller)[0][0] for caller in (b"a", b"a", b"b", b"b")]
        assert statuses == [200, 429, 200, 429]
        assert [answer[0] for answer in echo.exchange(GET % b"/x", GET % b"/healthz", GET % b"/x", answers=3)] == [
            200,
            200,
            429,
        ]
