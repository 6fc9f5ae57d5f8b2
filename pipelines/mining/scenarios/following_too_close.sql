-- following_too_close: too little time to the vehicle ahead in the own lane.
--
-- A radar row is too close if its track is in lane (|left distance| <= :in_lane_half_width_m), not a glitch (farther
-- than :radar_min_distance_m), own speed is above :following_min_speed_mps and time headway = forward distance / own
-- speed (s) is under :following_headway_s. (The nearest track in lane is too close exactly if any is.) Rows not more
-- than :max_gap_us apart, of any track, are one run: a missed radar cycle or a flicker doesn't end it, a hole in the
-- topic does.
-- start, end: first and last row of a run of at least :following_min_duration_us; peak_value: smallest headway, s.
--
-- Source: time headway as in SAE J2944. Under 0.9 s (half of half the speedometer) is fined in Germany; UN Regulation
-- 157 demands 1.0 to 1.6 s; openpilot's closest setting keeps 1.25 s. Radar points nearer than 0.75 m are glitches
-- (openpilot, radard.py).
--
-- Parameters:
--   following_headway_s = 0.8
--   following_min_duration_us = 2_000_000
--   following_min_speed_mps = 5.0
WITH close_rows AS (
  SELECT
    drive_id,
    t_us,
    forward_distance_m / speed_mps AS headway_s,
    LAG(t_us) OVER (PARTITION BY drive_id ORDER BY t_us) AS previous_us
  FROM radar_with_speed
  WHERE
    ABS(left_distance_m) <= :in_lane_half_width_m
    AND forward_distance_m > :radar_min_distance_m
    AND speed_mps > :following_min_speed_mps
    AND forward_distance_m < :following_headway_s * speed_mps
),

runs AS (
  SELECT
    drive_id,
    t_us,
    headway_s,
    SUM(CASE WHEN t_us - previous_us > :max_gap_us THEN 1 ELSE 0 END) OVER (
      PARTITION BY drive_id ORDER BY t_us ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS run
  FROM close_rows
)

SELECT
  drive_id,
  MIN(t_us) AS start_us,
  MAX(t_us) AS end_us,
  MIN(headway_s) AS peak_value
FROM runs
GROUP BY drive_id, run
HAVING MAX(t_us) - MIN(t_us) >= :following_min_duration_us
