"""Rows of the lake's served tables, as ingest and mining write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import h3

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
CELLS = [h3.latlng_to_cell(37.77 + step / 100, -122.42, 9) for step in range(4)]


def drive(drive_id: str) -> dict[str, Any]:
    return {
        "drive_id": drive_id,
        "vehicle_id": "v1",
        "source_uri": f"gs://landing/{drive_id}.mcap",
        "source_sha256": "0" * 64,
        "start_time": START,
        "end_time": START + timedelta(minutes=1),
        "duration_s": 60.0,
        "message_count": 100,
        "software_version": "1.0",
    }


def scenario(index: int, drive_id: str = "d1", kind: str = "hard_brake") -> dict[str, Any]:
    start = START + timedelta(seconds=index)
    return {
        "scenario_id": f"s{index:04d}",
        "drive_id": drive_id,
        "kind": kind,
        "start_time": start,
        "end_time": start + timedelta(seconds=2),
        "duration_s": 2.0,
        "peak_value": -4.5,
        "latitude_deg": 37.77,
        "longitude_deg": -122.42,
        "h3_cell": CELLS[index % len(CELLS)],
    }
