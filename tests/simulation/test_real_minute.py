"""The real minute's tables: as many rows as its arrays, in order of time, and calm by the definitions."""

from __future__ import annotations

import numpy as np
import pytest

from tests.simulation.real_minute import SEGMENT, expected, recorded, scenarios

pytestmark = pytest.mark.skipif(not SEGMENT.is_dir(), reason="the real minute is not beside the repository")


def test_tables_hold_every_row_in_order():
    drive = recorded()
    rows = {name: len(time_s) for name, time_s in drive.time.items()}
    assert rows == {"speed": 4974, "radar_tracks": 10100, "ego_pose": 1200, "events": 0}
    for name, columns in drive.columns.items():
        assert {len(values) for values in columns.values()} == {rows[name]}
        assert (np.diff(drive.time[name]) >= 0).all()
    assert drive.columns["ego_pose"]["latitude_deg"] == pytest.approx(37.7, abs=0.1)


def test_nothing_happens_in_it():
    assert not any(expected(recorded()).values())
    assert scenarios() == []
