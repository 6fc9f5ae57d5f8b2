"""Signals with clocks of their own: speed carried to radar rows, windows and runs that end at holes."""

from __future__ import annotations

import numpy as np

from tests.simulation.planning.recorded import Recorded, ends, own_speed, split

GIVEN = {"max_gap_us": 500_000}


def test_own_speed_is_the_last_one_if_it_is_fresh():
    drive = Recorded(
        {"speed": np.array([1.0, 1.2, 3.0]), "radar_tracks": np.array([0.9, 1.0, 1.3, 1.7, 1.8, 3.1])},
        {"speed": {"speed_mps": np.array([5.0, 6.0, 7.0])}, "radar_tracks": {}},
    )
    np.testing.assert_array_equal(own_speed(drive, GIVEN), [np.nan, 5, 6, 6, np.nan, 7])


def test_a_window_stays_on_its_side_of_a_hole():
    time, hole = np.array([0.0, 0.1, 0.2, 0.3, 0.4]), np.array([0, 0, 1, 1, 1])
    assert ends(time, hole, 1, 0.2) == (0, 1)
    assert ends(time, hole, 2, 0.1) == (2, 3)
    assert ends(time, hole, 4, 9.0) == (2, 4)


def test_runs_are_split_at_gaps():
    time = np.array([0.0, 0.1, 0.2, 0.9, 1.0])
    assert [run.tolist() for run in split(np.array([0, 2, 3, 4]), time, 0.5)] == [[0, 2], [3, 4]]
    assert split(np.array([], dtype=np.intp), time, 0.5) == []
