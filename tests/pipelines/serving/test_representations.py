"""Which form of an answer a client gets, and when it has it already."""

from __future__ import annotations

import gzip

import pytest

from pipelines.serving.http.messages import Answer
from pipelines.serving.representations import (
    ARROW,
    FORMS,
    PACKED,
    PLAIN,
    etag,
    form,
    names,
    packed,
    tagged,
    unless_known,
)

STREAM = "application/vnd.apache.arrow.stream"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, PLAIN),
        ("*/*", PLAIN),
        ("application/json", PLAIN),
        ("APPLICATION/JSON; charset=utf-8", PLAIN),
        ("application/*", PLAIN),
        ("text/html, */*;q=0.1", PLAIN),
        (STREAM, ARROW),
        (f"{STREAM}, */*", ARROW),
        (f"{STREAM}, application/json", PLAIN),
        (f"{STREAM};q=0.9, application/json;q=0.8", ARROW),
        (f"{STREAM};q=0.5, */*", PLAIN),
        (f"application/json;q=0, {STREAM}", ARROW),
        ("application/json;q=0, */*", ARROW),
        ("text/html", None),
        (f"{STREAM};q=0", None),
        ("application/json;q=none", None),
        ("", PLAIN),
    ],
)
def test_a_client_gets_what_it_prefers(accept: str | None, expected: bytes | None) -> None:
    assert form(None if accept is None else accept.encode(), None) == expected


@pytest.mark.parametrize(
    ("accept_encoding", "expected"),
    [
        ("gzip", PACKED),
        ("br, gzip;q=0.1", PACKED),
        ("*", PACKED),
        ("gzip;q=0", PLAIN),
        ("*, gzip;q=0", PLAIN),
        ("identity", PLAIN),
        ("br", PLAIN),
    ],
)
def test_json_is_packed_if_the_client_takes_it(accept_encoding: str, expected: bytes) -> None:
    assert form(None, accept_encoding.encode()) == expected
    assert form(STREAM.encode(), accept_encoding.encode()) == ARROW


def test_packed_is_gzip() -> None:
    body = b'{"a":1}' * 1000
    assert gzip.decompress(packed(body)) == body
    assert len(packed(body)) < len(body) / 10
    assert packed(body) == packed(body)


def test_tags_differ_by_version_and_form() -> None:
    tags = {etag(version, one) for version in (b"a", b"b") for one in FORMS}
    assert len(tags) == 6
    assert all(tag.startswith(b'"') and tag.endswith(b'"') for tag in tags)


@pytest.mark.parametrize(
    ("sent", "known"),
    [
        (b'"1-a-json"', True),
        (b'W/"1-a-json"', True),
        (b'"x", "1-a-json"', True),
        (b'"1-a"', False),
        (b'"1-a-json-gzip"', False),
        (b"*", False),
        (b"", False),
        (None, False),
    ],
)
def test_a_client_that_names_the_tag_has_it(sent: bytes | None, known: bool) -> None:
    assert names(sent, etag(b"a", PLAIN)) is known


def test_any_answer_is_known_to_who_names_all() -> None:
    answer = Answer(200, b"rows", headers=tagged(b'"t"'))
    assert unless_known(answer, None) is answer
    assert unless_known(answer, b'"u"') is answer
    assert unless_known(answer, b"*") == Answer(304, b"", headers=tagged(b'"t"'))
