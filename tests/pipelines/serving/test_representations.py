"""Which form of an answer a client gets, and when it has it already."""

from __future__ import annotations

import gzip

import pytest

from pipelines.serving.http.messages import Answer
from pipelines.serving.representations import Form, etag, form, names, packed, tagged, unless_known

ARROW = "application/vnd.apache.arrow.stream"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, Form.JSON),
        ("*/*", Form.JSON),
        ("application/json", Form.JSON),
        ("APPLICATION/JSON; charset=utf-8", Form.JSON),
        ("application/*", Form.JSON),
        ("text/html, */*;q=0.1", Form.JSON),
        (ARROW, Form.ARROW),
        (f"{ARROW}, */*", Form.ARROW),
        (f"{ARROW}, application/json", Form.JSON),
        (f"{ARROW};q=0.9, application/json;q=0.8", Form.ARROW),
        (f"{ARROW};q=0.5, */*", Form.JSON),
        (f"application/json;q=0, {ARROW}", Form.ARROW),
        ("application/json;q=0, */*", Form.ARROW),
        ("text/html", None),
        (f"{ARROW};q=0", None),
        ("application/json;q=none", None),
        ("", Form.JSON),
    ],
)
def test_a_client_gets_what_it_prefers(accept: str | None, expected: Form | None) -> None:
    assert form(None if accept is None else accept.encode(), None) is expected


@pytest.mark.parametrize(
    ("accept_encoding", "expected"),
    [
        ("gzip", Form.GZIP),
        ("br, gzip;q=0.1", Form.GZIP),
        ("*", Form.GZIP),
        ("gzip;q=0", Form.JSON),
        ("*, gzip;q=0", Form.JSON),
        ("identity", Form.JSON),
        ("br", Form.JSON),
    ],
)
def test_json_is_packed_if_the_client_takes_it(accept_encoding: str, expected: Form) -> None:
    assert form(None, accept_encoding.encode()) is expected
    assert form(ARROW.encode(), accept_encoding.encode()) is Form.ARROW


def test_packed_is_gzip() -> None:
    body = b'{"a":1}' * 1000
    assert gzip.decompress(packed(body)) == body
    assert len(packed(body)) < len(body) / 10
    assert packed(body) == packed(body)


def test_tags_differ_by_version_and_form() -> None:
    tags = {etag(version, one) for version in (b"a", b"b") for one in Form}
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
    assert names(sent, etag(b"a", Form.JSON)) is known


def test_any_answer_is_known_to_who_names_all() -> None:
    answer = Answer(200, b"rows", headers=tagged(b'"t"'))
    assert unless_known(answer, None) is answer
    assert unless_known(answer, b'"u"') is answer
    assert unless_known(answer, b"*") == Answer(304, b"", headers=tagged(b'"t"'))
