from __future__ import annotations

from pipelines.serving.http.messages import OVERLOADED, READ, RETRY


def test_headers_are_known_by_lower_case_names() -> None:
    assert all(name == name.lower() for name in READ)


def test_a_refusal_says_when_to_come_again() -> None:
    assert (OVERLOADED.status, OVERLOADED.headers) == (429, RETRY)
    assert dict(RETRY)[b"retry-after"] == b"1"
