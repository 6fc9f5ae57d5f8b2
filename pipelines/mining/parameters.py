"""Numbers that several definitions name; a definition's own stand in its file. Times are in microseconds."""

from __future__ import annotations

SHARED: dict[str, int | float] = {
    # no window, run or merge reaches across a hole in a topic longer than this
    "max_gap_us": 500_000,
    # vehicles nearer than this are radar glitches
    "radar_min_distance_m": 0.75,
    # half of an in-lane corridor; lanes are 3.0 to 3.7 m wide
    "in_lane_half_width_m": 1.5,
}
