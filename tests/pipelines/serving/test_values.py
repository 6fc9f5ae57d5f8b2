"""Values of each type, from text and from JSON."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from pipelines.serving.values import from_json, from_text, moment
from tests.pipelines.serving.published import number

EIGHT = number(datetime(2026, 3, 1, 8, tzinfo=UTC))


@pytest.mark.parametrize(
    "text",
    ["2026-03-01T08:00:00Z", "2026-03-01t08:00:00.000z", "2026-03-01 09:00+01:00", "2026-03-01T00:00:00-08:00"],
)
def test_a_moment_is_a_date_time_with_its_zone(text: str) -> None:
    assert moment(text) == EIGHT


@pytest.mark.parametrize(
    "text",
    [
        *("2026", "0", "٢٠٢٦-03-01T08:00:00Z", "08:00:00Z", "2026-03-01T08:00:00", "now", "2026-02-30T08:00:00Z"),
        *(
            "2026-03-01T08:00:00.1234567Z",
            "2026-03-01T24:00:01Z",
            "2026-03-01T08:00:00+0100",
        ),
        *("2026-03-01T08:00:00Z ", "2026-03-01T08:00:00Z\n", "0000-01-01T00:00:00Z"),
    ],
)
def test_anything_else_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no date-time with its zone like 2026-03-01T08:00:00Z$"):
        moment(text)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("string", " a ", " a "),
        ("int", "-2147483648", -(2**31)),
        ("long", "9223372036854775807", 2**63 - 1),
        ("long", "007", 7),
        ("boolean", "true", 1),
        ("boolean", "false", 0),
        ("date", "1969-12-31", -1),
        ("timestamptz", "1969-12-31T23:59:59.999999Z", -1),
    ],
)
def test_text_is_read_as_its_column_s_type(kind: str, text: str, value: Any) -> None:
    assert from_text(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *(("int", text) for text in ("2147483648", "", "1.0", "1e3", "+1", "1_0", " 1", "٣", "9" * 5000)),
        ("long", "9223372036854775808"),
        *(("boolean", text) for text in ("True", "1", "")),
        *(("date", text) for text in ("2026-02-30", "20260301", "2026-W01-1", "2026-03-01T00:00:00Z")),
    ],
)
def test_text_of_another_type_is_refused_in_a_line(kind: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"\A[^\n]{1,200}\Z"):
        from_text(kind, text)


@pytest.mark.parametrize(
    ("kind", "sent", "value"),
    [
        ("string", "a", "a"),
        ("int", 7.0, 7),
        ("boolean", True, 1),
        ("date", "2026-03-01", number(date(2026, 3, 1))),
        ("timestamptz", "2026-03-01T08:00:00Z", EIGHT),
    ],
)
def test_json_is_read_as_its_column_s_type(kind: str, sent: Any, value: Any) -> None:
    found = from_json(kind, sent)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        *(("string", sent) for sent in (1, None, ["a"])),
        *(("long", sent) for sent in ("1", True, None, 1.5, 2**63, [])),
        *(("boolean", sent) for sent in (1, "true", None)),
        *(("date", sent) for sent in (1, None, "x")),
        *(("timestamptz", sent) for sent in (1772352000, None, "x", {})),
    ],
)
def test_json_of_another_type_is_refused_in_a_line(kind: str, sent: Any) -> None:
    with pytest.raises(ValueError, match=r"\A[^\n]{1,200}\Z"):
        from_json(kind, sent)
