"""What a path's segments and a query string say."""

from __future__ import annotations

import pytest

from pipelines.serving.parameters import limit_of, names, query, text
from pipelines.serving.search import Query
from tests.pipelines.serving.published import CELLS, DRIVES, READINGS, SCENARIOS, START, number


@pytest.mark.parametrize(
    ("sent", "meant"),
    [(b"a%2Fb", "a/b"), (b"a+b", "a+b"), (b"%252F", "%2F"), (b"a%zz", "a%zz"), (b"%C3%BC\xc3\xbc", "üü")],
)
def test_a_segment_is_decoded_once(sent: bytes, meant: str) -> None:
    assert text(sent) == meant


@pytest.mark.parametrize("sent", [b"%FF", b"\xff", b"%C3", b"%ED%A0%80"])
def test_what_is_no_text_is_refused(sent: bytes) -> None:
    with pytest.raises(ValueError, match="is no UTF-8"):
        text(sent)


def test_the_parameters_of_a_table_are_what_it_is_found_by() -> None:
    assert names(SCENARIOS) == ("scenario_id", "drive_id", "kind", "h3_cell", "start", "end", "limit", "cursor")
    assert names(DRIVES, ("drive_id",)) == ("vehicle_id", "start", "end", "limit", "cursor")
    assert names(READINGS)[-3:] == ("place", "limit", "cursor")


def test_a_query_is_read_by_the_types_of_its_parameters() -> None:
    sent = b"kind=a+b%26c&start=2026-03-01T08%3A00%3A00Z&drive_id=&limit=7"
    expected = Query({"kind": "a b&c", "drive_id": ""}, start=number(START), limit=7)
    assert query(SCENARIOS, sent, {}) == expected
    assert query(READINGS, b"good=false", {"sensor": 3}) == Query({"sensor": 3, "good": 0})
    assert query(SCENARIOS, b"", {}) == Query()


def test_a_finest_cell_is_a_value_and_a_coarser_one_a_range() -> None:
    assert query(SCENARIOS, f"h3_cell={CELLS[0]}".encode(), {}) == Query({"h3_cell": CELLS[0]})
    found = query(SCENARIOS, b"h3_cell=85283473fffffff", {})
    assert found.cells is not None
    assert found.cells[0] < found.cells[1]


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (b"bogus=1", "'bogus' is no parameter here; there are vehicle_id, start, end, limit, cursor"),
        (b"drive_id=d2", "'drive_id' is no parameter here"),
        (b"limit=1&limit=1", "limit is given twice"),
        (b"limit=0", "limit: '0' is no whole number from 1 to 1000"),
        (b"start=now", "start: 'now' is no date-time"),
        (b"cursor=x", "cursor: 'x' is not one that this service gave"),
        (b"&", "'' is no parameter here"),
        (b"LIMIT=1", "'LIMIT' is no parameter here"),
    ],
)
def test_what_is_wrong_is_said_by_name(sent: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=rf"\A{why}[^\n]*\Z"):
        query(DRIVES, sent, {"drive_id": "d1"})


@pytest.mark.parametrize("value", ["0", "1001", "-1", "1.0", "", "٣", "9" * 5000, 0, 1001, 1.0, True, None, [1]])
def test_a_limit_is_a_whole_number(value: object) -> None:
    with pytest.raises(ValueError, match=r"is no whole number from 1 to 1000$"):
        limit_of(value)


@pytest.mark.parametrize("value", ["1", "1000", 1, 1000])
def test_limits_of_limits(value: object) -> None:
    assert limit_of(value) == int(str(value))
