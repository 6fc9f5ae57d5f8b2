"""Forms of answers, and their tags, through the whole interface."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.pipelines.serving.client import Client, header
from tests.pipelines.serving.published import DRIVES, SCENARIOS, MemoryStore, drive, publish, scenario, serving

ARROW = "application/vnd.apache.arrow.stream"


@pytest.mark.parametrize("target", ["/v1/drives/d1", "/v1/scenarios?limit=3", "/v1/drives/d1/scenarios"])
def test_the_same_rows_have_the_same_tag(client: Client, store: MemoryStore, tmp_path: Path, target: str) -> None:
    """In every replica, until the table is another."""
    tag = header(client.get(target), "etag")
    assert tag is not None
    assert header(Client(serving(store, tmp_path / "other")).get(target), "etag") == tag
    forms = (client.get(target, accept=ARROW), client.get(target, accept_encoding="gzip"))
    assert len({tag, *(header(answer, "etag") for answer in forms)}) == 3
    publish(store, "two", [(DRIVES, [drive("d1")]), (SCENARIOS, [scenario(0)])])
    assert header(Client(serving(store, tmp_path / "two")).get(target), "etag") not in (tag, None)


@pytest.mark.parametrize("target", ["/v1/drives/d1", "/v1/scenarios?limit=3", "/v1/drives/d1/scenarios"])
def test_who_has_an_answer_does_not_get_it_again(client: Client, target: str) -> None:
    tag = header(client.get(target), "etag")
    for sent in (tag, f'"other", W/{tag}', "*"):
        assert sent is not None
        known = client.get(target, if_none_match=sent)
        assert (known.status, known.body, header(known, "etag")) == (304, b"", tag)
    assert client.get(target, if_none_match='"other"').status == 200


def test_what_is_not_there_is_not_not_modified(client: Client) -> None:
    assert client.get("/v1/drives/none", if_none_match="*").status == 404
    assert header(client.get("/v1/drives/none"), "etag") is None
    assert client.send("POST", "/v1/drives:batchGet", b'{"keys": []}', if_none_match="*").status == 200


@pytest.mark.parametrize(
    "target", ["/v1/drives/d1?limit=1", "/v1/drives/d1/scenarios", "/v1/scenarios", "/v1/scenarios?limit=1"]
)
def test_long_answers_are_packed_for_who_takes_it(client: Client, target: str) -> None:
    plain, sent = client.get(target), client.get(target, accept_encoding="gzip")
    assert header(plain, "vary") == header(sent, "vary") == "accept, accept-encoding"
    if len(plain.body) < 1024:
        assert (header(sent, "content-encoding"), sent.body) == (None, plain.body)
    else:
        assert (header(sent, "content-encoding"), gzip.decompress(sent.body)) == ("gzip", plain.body)


@pytest.mark.parametrize("target", ["/v1/drives/d1", "/v1/scenarios"])
def test_forms_that_there_are_none_of(client: Client, target: str) -> None:
    assert client.get(target, accept="text/html").status == 406
    assert client.get("/v1/nothing", accept="text/html").status == 404
    assert client.get("/healthz", accept="text/html").status == 200
