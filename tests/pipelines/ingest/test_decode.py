"""Messages to columns: types, rules, reasons, derived columns."""

from __future__ import annotations

from typing import Any

import h3
import numpy as np
import orjson
import pytest

from pipelines.ingest.decode import decode_batch
from tests.pipelines.ingest.logs import CONTRACTS, POSE, START_NS

TIMES_US = START_NS // 1000


def decode(table: str, *payloads: Any) -> tuple[list[dict[str, Any]], dict[int, str]]:
    """(good rows, reasons) of payloads, each bytes as they are or something to be dumped; 1 s apart."""
    texts = [payload if isinstance(payload, bytes) else orjson.dumps(payload) for payload in payloads]
    times = TIMES_US + np.arange(len(texts), dtype=np.int64) * 1_000_000
    rows, reasons = decode_batch(CONTRACTS.table(f"drive_logs.{table}"), times, texts, "drive-1", "ab" * 32)
    rows.validate(full=True)
    return rows.to_pylist(), reasons


GOOD = {"speed_mps": 12.5}


def test_a_row_is_the_log_s_columns_and_the_message_s() -> None:
    (row,), reasons = decode("speed", GOOD)
    assert reasons == {}
    assert row["timestamp"].isoformat() == "2026-09-21T14:13:20+00:00"
    assert {key: row[key] for key in row if key != "timestamp"} == {
        "drive_id": "drive-1",
        "source_sha256": "ab" * 32,
        "speed_mps": 12.5,
    }


@pytest.mark.parametrize(
    ("table", "payload", "expected"),
    [
        ("speed", {"speed_mps": 412.0}, "speed.speed_mps: 412.0 is above maximum 90"),
        ("speed", {"speed_mps": -1}, "speed.speed_mps: -1.0 is below minimum 0"),
        ("speed", {"speed_mps": None}, "speed.speed_mps: is missing"),
        ("speed", {}, "speed.speed_mps: is missing"),
        ("speed", {"speed_mps": "fast"}, 'speed.speed_mps: "fast" is not a number'),
        ("speed", {"speed_mps": True}, "speed.speed_mps: true is not a number"),
        ("speed", b'{"speed_mps": 1e999}', "speed: not a JSON object"),
        ("speed", b"{", "speed: not a JSON object"),
        ("speed", b"", "speed: not a JSON object"),
        ("speed", b"  ", "speed: not a JSON object"),
        ("speed", b"[1]", "speed: not a JSON object"),
        ("speed", b'{"speed_mps": 1}{"speed_mps": 2}', "speed: not a JSON object"),
        (
            "events",
            {"kind": "tea break"},
            "events.kind: 'tea break' is not one of engagement, disengagement, driver_override, warning",
        ),
        ("events", {"kind": "warning", "detail": 7}, "events.detail: 7 is not text"),
    ],
)
def test_a_bad_message_has_a_reason_and_its_neighbours_are_kept(table: str, payload: Any, expected: str) -> None:
    good = {"speed": GOOD, "events": {"kind": "warning", "detail": "x"}}[table]
    rows, reasons = decode(table, good, payload, good)
    assert len(rows) == 2
    assert reasons == {1: expected}


def test_an_empty_and_a_double_message_do_not_even_out() -> None:
    rows, reasons = decode("speed", GOOD, b" ", b'{"speed_mps": 1}{"speed_mps": 2}', GOOD)
    assert [row["speed_mps"] for row in rows] == [12.5, 12.5]
    assert sorted(reasons) == [1, 2]


def test_messages_spread_over_lines_are_read() -> None:
    rows, reasons = decode("speed", b'{\n "speed_mps":\n 3\n}', GOOD)
    assert ([row["speed_mps"] for row in rows], reasons) == ([3.0, 12.5], {})


def test_numbers_take_either_form() -> None:
    track = {"forward_distance_m": 9, "left_distance_m": 0, "relative_speed_mps": -1, "new_track": False}
    rows, reasons = decode("radar_tracks", {"track_id": 528.0, **track}, {"track_id": 528, **track})
    assert reasons == {}
    assert [row["track_id"] for row in rows] == [528, 528]
    _, reasons = decode("radar_tracks", {"track_id": 5.5, **track}, {"track_id": 1e300, **track})
    assert reasons[0] == "radar_tracks.track_id: 5.5 is not a whole number"
    assert reasons[1] == "radar_tracks.track_id: 1e+300 is not a whole number"


def test_times_need_a_zone_and_are_kept_in_utc() -> None:
    fix = {"latitude_deg": 1, "longitude_deg": 2, "speed_mps": 3, "altitude_m": 4}
    rows, reasons = decode(
        "gnss",
        {**fix, "utc_time": "2018-08-02T16:14:48.299Z"},
        {**fix, "utc_time": "2018-08-02T18:14:48.299+02:00"},
        {**fix, "utc_time": "2018-08-02T16:14:48"},
    )
    assert [row["utc_time"].isoformat() for row in rows] == ["2018-08-02T16:14:48.299000+00:00"] * 2
    assert reasons == {2: 'gnss.utc_time: "2018-08-02T16:14:48" is not a time with its zone (ISO 8601)'}


def test_unknown_keys_are_no_error() -> None:
    rows, reasons = decode("speed", {**GOOD, "new_in_this_release": [1, 2]})
    assert (len(rows), reasons) == (1, {})


def test_the_derived_cell_is_h3_s_and_bad_coordinates_are_not_asked_for() -> None:
    rows, reasons = decode("ego_pose", POSE, {**POSE, "latitude_deg": 1000.0}, {**POSE, "latitude_deg": None})
    assert [row["h3_cell"] for row in rows] == [h3.latlng_to_cell(POSE["latitude_deg"], POSE["longitude_deg"], 9)]
    assert reasons == {
        1: "ego_pose.latitude_deg: 1000.0 is above maximum 90",
        2: "ego_pose.latitude_deg: is missing",
    }


def test_a_log_time_without_a_clock_is_refused() -> None:
    rows, reasons = decode_batch(
        CONTRACTS.table("drive_logs.speed"), np.array([0, TIMES_US]), [b'{"speed_mps": 1}'] * 2, "d", "s"
    )
    assert rows.num_rows == 1
    assert reasons == {0: "speed.timestamp: 1970-01-01T00:00:00Z is below minimum 2010-01-01T00:00:00Z"}


def test_rows_are_ordered_by_time() -> None:
    times = TIMES_US + np.array([3, 1, 2])
    payloads = [orjson.dumps({"speed_mps": value}) for value in (3, 1, 2)]
    rows, _ = decode_batch(CONTRACTS.table("drive_logs.speed"), times, payloads, "d", "s")
    assert rows["speed_mps"].to_pylist() == [1, 2, 3]
