"""Times and ids of requests."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from pipelines.serving.requests import Id, Moment


@pytest.mark.parametrize(
    "text",
    ["2026-03-01T08:00:00Z", "2026-03-01t08:00:00.000+00:00", "2026-03-01 09:00+01:00", "2026-03-01T00:00:00-08:00"],
)
def test_a_moment_is_a_date_time_with_its_zone(text: str) -> None:
    assert TypeAdapter(Moment).validate_python(text) == datetime(2026, 3, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026", "0", "٢٠٢٦-03-01T08:00:00Z", "08:00:00Z", "2026-03-01T08:00:00", "now"])
def test_anything_else_is_none(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Moment).validate_python(text)


@pytest.mark.parametrize(("sent", "meant"), [("a%2Fb", "a/b"), ("a+b", "a+b"), ("%252F", "%2F"), ("a%zz", "a%zz")])
def test_an_id_is_decoded_once(sent: str, meant: str) -> None:
    assert TypeAdapter(Id).validate_python(sent) == meant
