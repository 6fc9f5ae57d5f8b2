"""Every number of the scenario definitions, in one place: SQL files name them `:name`. Times are in microseconds.

Each definition's SQL file says what its numbers mean and where they come from.
"""

from __future__ import annotations

PARAMETERS: dict[str, int | float] = {
    # shared: no window, run or merge reaches across a hole in a topic longer than this
    "max_gap_us": 500_000,
    # vehicles nearer than this are radar glitches
    "radar_min_distance_m": 0.75,
    # half of an in-lane corridor; lanes are 3.0 to 3.7 m wide
    "in_lane_half_width_m": 1.5,
    # hard_brake
    "hard_brake_window_us": 500_000,
    "hard_brake_min_span_us": 400_000,
    "hard_brake_acceleration_mps2": -3.0,
    "hard_brake_merge_us": 1_000_000,
    # stop
    "stop_speed_mps": 0.3,
    "stop_min_duration_us": 2_000_000,
    # following_too_close
    "following_headway_s": 0.8,
    "following_min_duration_us": 2_000_000,
    "following_min_speed_mps": 5.0,
    # cut_in
    "cut_in_outside_m": 2.2,
    "cut_in_outside_max_m": 5.5,
    "cut_in_max_crossing_us": 4_000_000,
    "cut_in_settle_us": 1_000_000,
    "cut_in_settle_min_us": 700_000,
    "cut_in_settle_half_width_m": 1.8,
    "cut_in_max_distance_m": 40.0,
    "cut_in_min_speed_mps": 5.0,
    "cut_in_min_track_speed_mps": 3.0,
    "cut_in_lane_change_margin_us": 1_000_000,
    # lane_change
    "lane_change_half_window_us": 4_000_000,
    "lane_change_course_half_window_us": 250_000,
    "lane_change_course_min_span_s": 0.2,
    "lane_change_min_speed_mps": 5.0,
    "lane_change_max_turn_sine": 0.1,
    "lane_change_min_sideways_mps": 0.2,
    "lane_change_displacement_m": 2.2,
    "lane_change_min_swing": 0.4,
    # where a scenario was: the pose nearest to its start, if not older or younger than this
    "location_max_age_us": 5_000_000,
}
