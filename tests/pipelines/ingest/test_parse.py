"""JSON messages to columns: read together or one by one, the values and the reasons are the same."""

from __future__ import annotations

from typing import Any

import orjson
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contracts import Column, Table
from pipelines.contracts.types import TYPES
from pipelines.ingest.parse import parse
from tests.pipelines.datasets import CONTRACTS

GOOD = {"speed_mps": 12.5}
BAD = {"speed_mps": "fast"}
"""With it among them messages are read one by one."""


def parsed(table: str, *payloads: Any) -> tuple[dict[str, list[Any]], dict[int, str]]:
    """(values by column, reasons) of payloads, each bytes as they are or something to be dumped."""
    texts = [payload if isinstance(payload, bytes) else orjson.dumps(payload) for payload in payloads]
    columns, reasons = parse(CONTRACTS.table(f"drive_logs.{table}"), texts)
    return {name: values.to_pylist() for name, values in columns.items()}, reasons


@pytest.mark.parametrize("others", [[], [BAD]], ids=["together", "one by one"])
def test_values_come_by_column_and_an_absent_one_is_null(others: list[Any]) -> None:
    columns, reasons = parsed("speed", GOOD, {}, {"speed_mps": None}, {"speed_mps": 3}, *others)
    assert columns["speed_mps"][:4] == [12.5, None, None, 3.0]
    assert list(reasons) == [4] * len(others)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (BAD, 'speed.speed_mps: "fast" is not a number'),
        ({"speed_mps": True}, "speed.speed_mps: true is not a number"),
        ({"speed_mps": ["x" * 200]}, f'speed.speed_mps: ["{"x" * 78}... is not a number'),
        (b'{"speed_mps": 1e999}', "speed: not a JSON object"),
        (b'{"speed_mps": 1}\n{"speed_mps": 2}', "speed: not a JSON object"),
        (b"null", "speed: not a JSON object"),
        (b"", "speed: not a JSON object"),
    ],
)
def test_a_message_of_a_wrong_type_has_a_reason_and_null(payload: Any, expected: str) -> None:
    columns, reasons = parsed("speed", GOOD, payload, GOOD)
    assert columns == {"speed_mps": [12.5, None, 12.5]}
    assert reasons == {1: expected}


def test_an_empty_and_a_double_message_do_not_even_out() -> None:
    columns, reasons = parsed("speed", GOOD, b" ", b'{"speed_mps": 1}{"speed_mps": 2}', GOOD)
    assert columns["speed_mps"] == [12.5, None, None, 12.5]
    assert sorted(reasons) == [1, 2]


def test_messages_spread_over_lines_are_read() -> None:
    assert parsed("speed", b'{\n "speed_mps":\n 3\n}', GOOD) == ({"speed_mps": [3.0, 12.5]}, {})


def test_numbers_take_either_form() -> None:
    track = {"forward_distance_m": 9, "left_distance_m": 0, "relative_speed_mps": -1, "new_track": False}
    columns, reasons = parsed("radar_tracks", {"track_id": 528.0, **track}, {"track_id": 528, **track})
    assert (columns["track_id"], reasons) == ([528, 528], {})
    _, reasons = parsed("radar_tracks", {"track_id": 5.5, **track}, {"track_id": 1e300, **track})
    assert reasons == {
        0: "radar_tracks.track_id: 5.5 is not a whole number",
        1: "radar_tracks.track_id: 1e+300 is not a whole number",
    }


def test_times_need_a_zone_and_are_kept_in_utc() -> None:
    fix = {"latitude_deg": 1, "longitude_deg": 2, "speed_mps": 3, "altitude_m": 4}
    zoned = [{**fix, "utc_time": f"2018-08-02T{time}"} for time in ("16:14:48.299Z", "18:14:48.299+02:00")]
    for fixes in (zoned, [*zoned, {**fix, "utc_time": "2018-08-02T16:14:48"}]):
        columns, reasons = parsed("gnss", *fixes)
        times = [time.isoformat() for time in columns["utc_time"][:2]]
        assert times == ["2018-08-02T16:14:48.299000+00:00"] * 2
    assert reasons == {2: 'gnss.utc_time: "2018-08-02T16:14:48" is not a time with its zone (ISO 8601)'}


def test_unknown_keys_are_no_error() -> None:
    assert parsed("speed", {**GOOD, "new_in_this_release": [1, 2]}) == ({"speed_mps": [12.5]}, {})


EVERY_TYPE = Table(
    "every", "type", tuple(Column(name, name, required=False, source=name) for name in TYPES), topic="/t"
)

TEXTS = st.one_of(
    st.text(max_size=5).map(lambda text: orjson.dumps(text).decode()),
    st.datetimes().map(lambda time: f'"{time.isoformat()}Z"'),
    st.dates().map(lambda day: f'"{day.isoformat()}"'),
    st.sampled_from(
        [
            *('"0000-01-01T00:00:00Z"', '"9999-12-31T23:59:59-14:00"', '"0001-01-01T00:00:00+14:00"', '"0999-01-01"'),
            *('"2018-08-02T16:14:48.1234567Z"', '"2018-08-02T24:00:00Z"', '"2018-08-02T23:59:60Z"', '"20180802T16Z"'),
            *('"2018-08-02 16:14:48Z"', '"2018-02-30"', '"20180802"', '"2018-W01-1"', '"10000-01-01"', '"1582-10-10"'),
            *('"\\u0000"', '"\\ud800"', '"\\ud83d\\ude00"', '"\\x"', '"\x00"', '"\x01"', '"NaN"', '"a\nb"'),
        ]
    ),
)
NUMBERS = st.one_of(
    st.integers().map(str),
    st.floats().map(repr),
    st.sampled_from(
        [
            *("-0", "-0.0", "1.0", "1e5", "01", "+1", ".5", "1.", "0x10", "-", "1e999", "-1e999", "1E-400", "0e400"),
            *("9223372036854775807", "9223372036854775808", "-9223372036854775809", "18446744073709551616", "1" * 400),
            *("9007199254740993", "9007199254740993.0", "3.4028235677973366e+38", "1e39", "NaN", "Infinity", "Inf"),
        ]
    ),
)
NESTED = st.sampled_from(["{}", "[1]", '{"string": 1}', "[" * 1100 + "]" * 1100])
FIELDS = st.one_of(
    st.tuples(st.sampled_from(["string", "timestamptz", "date", "other"]), TEXTS),
    st.tuples(st.sampled_from(["long", "int", "double", "float", "other"]), NUMBERS),
    st.tuples(st.sampled_from(["boolean", "double", "string"]), st.sampled_from(["true", "false", "null"])),
    st.tuples(st.sampled_from([*TYPES, "String", "", "\\u0064ate"]), st.one_of(TEXTS, NUMBERS, NESTED)),
)
OBJECTS = st.lists(FIELDS, max_size=2).map(
    lambda fields: ("{" + ", ".join(f'"{name}": {value}' for name, value in fields) + "}").encode()
)
DAMAGED = st.tuples(OBJECTS, st.integers(0, 60), st.binary(max_size=2)).map(
    lambda parts: parts[0][: parts[1]] + parts[2] + parts[0][parts[1] + len(parts[2]) :]
)


@settings(max_examples=300)
@given(st.lists(st.one_of(OBJECTS, OBJECTS, OBJECTS, DAMAGED), min_size=1, max_size=3))
def test_what_a_message_gives_never_depends_on_its_neighbours(payloads: list[bytes]) -> None:
    """Beside any others, and beside one with which all are read one by one."""
    together, reasons = parse(EVERY_TYPE, payloads)
    for row, payload in enumerate(payloads):
        apart, reasons_apart = parse(EVERY_TYPE, [payload, b"{"])
        assert reasons.get(row) == reasons_apart.get(0)
        if row not in reasons:
            assert values_of(together, row) == values_of(apart, 0)


def values_of(columns: dict[str, pa.Array], row: int) -> dict[str, str]:
    """As texts: so -0.0 is not 0.0."""
    return {name: repr(values[row]) for name, values in columns.items()}
