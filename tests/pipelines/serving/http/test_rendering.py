from __future__ import annotations

import pytest

from pipelines.serving.http import rendering
from pipelines.serving.http.messages import Answer
from pipelines.serving.http.rendering import Heads, rendered_head, tail


def test_an_answer_with_its_headers() -> None:
    answer = Answer(200, b"{}", headers=((b"etag", b'"1"'), (b"vary", b"accept")))
    head = b'content-type: application/json\r\netag: "1"\r\nvary: accept\r\n'
    assert tail(answer, closes=False) == head + b"content-length: 2\r\n\r\n{}"
    assert tail(answer, closes=True) == head + b"connection: close\r\ncontent-length: 2\r\n\r\n{}"
    known = Answer(200, b"{}", head=rendered_head(answer.content_type, answer.headers))
    assert tail(known, closes=False) == tail(answer, closes=False)


def test_what_was_not_modified_has_no_length() -> None:
    assert b"content-length" not in tail(Answer(304, b""), closes=False)


def test_a_head_is_made_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    dates = iter(["first", "second"])
    monkeypatch.setattr(rendering, "formatdate", lambda usegmt: next(dates))
    heads = Heads()
    assert heads[200] == b"HTTP/1.1 200 OK\r\ndate: first\r\n"
    assert heads[429] == b"HTTP/1.1 429 Too Many Requests\r\ndate: first\r\n"
    heads.renew()
    assert heads[200] == b"HTTP/1.1 200 OK\r\ndate: second\r\n"
