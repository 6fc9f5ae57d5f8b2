"""JSON messages to columns: read together or one by one, the values and the reasons are the same."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

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
    for given in (zoned, [*zoned, {**fix, "utc_time": "2018-08-02T16:14:48"}]):
        columns, reasons = parsed("gnss", *given)
        times = [time.isoformat() for time in columns["utc_time"][:2]]
        assert times == ["2018-08-02T16:14:48.299000+00:00"] * 2
    assert reasons == {2: 'gnss.utc_time: "2018-08-02T16:14:48" is not a time with its zone (ISO 8601)'}


def test_unknown_keys_are_no_error() -> None:
    assert parsed("speed", {**GOOD, "new_in_this_release": [1, 2]}) == ({"speed_mps": [12.5]}, {})
