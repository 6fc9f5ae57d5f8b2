from __future__ import annotations

import pytest

from pipelines.serving.http import answers_given
from pipelines.serving.http.answers_given import LONGEST, AnswersGiven


def test_what_was_given_is_found_by_its_request() -> None:
    given = AnswersGiven()
    given.keep(b"GET /a", 200, b"rows")
    assert given.get(b"GET /a") == (200, b"rows")
    assert given.get(b"GET /b") is None


def test_a_long_answer_is_not_kept() -> None:
    given = AnswersGiven()
    given.keep(b"GET /a", 200, b"x" * (LONGEST + 1))
    assert not given


def test_its_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers_given, "KEPT_BYTES", 10_000)
    given = AnswersGiven()
    for number in range(1000):
        given.keep(b"GET /%d" % number, 200, b"x" * 700)
        assert sum(len(request) + len(rendered) for request, (_, rendered) in given.items()) <= 10_000
    assert b"GET /999" in given


def test_after_a_swap_it_is_empty_and_has_all_its_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers_given, "KEPT_BYTES", 2_000)
    given = AnswersGiven()
    given.keep(b"GET /a", 200, b"x" * 1000)
    given.clear()
    assert not given
    given.keep(b"GET /b", 200, b"x" * 300)
    given.keep(b"GET /c", 200, b"x" * 300)
    assert set(given) == {b"GET /b", b"GET /c"}
