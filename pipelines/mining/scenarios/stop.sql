-- stop: the vehicle stands.
--
-- Consecutive speed samples of one segment below :stop_speed_mps, lasting at least :stop_min_duration_us.
-- start, end: first and last of those samples; peak_value: lowest speed, m/s.
--
-- Source: wheel speed sensors give no pulses at walking pace and below, the signal jumps to 0 (the real minute's car
-- reports in steps of 0.0025 km/h, smoothed); openpilot takes a car to be stopping below 0.5 m/s (vEgoStopping), 0.3
-- is stricter. 2 s leaves out the dip of a rolling stop.
--
-- Parameters:
--   stop_speed_mps = 0.3
--   stop_min_duration_us = 2_000_000
WITH runs AS (
  SELECT
    drive_id,
    segment,
    t_us,
    speed_mps,
    SUM(CASE WHEN speed_mps < :stop_speed_mps THEN 0 ELSE 1 END) OVER (
      PARTITION BY drive_id, segment ORDER BY t_us ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS run
  FROM speed_segments
)

SELECT
  drive_id,
  MIN(t_us) AS start_us,
  MAX(t_us) AS end_us,
  MIN(speed_mps) AS peak_value
FROM runs
WHERE speed_mps < :stop_speed_mps
GROUP BY drive_id, segment, run
HAVING MAX(t_us) - MIN(t_us) >= :stop_min_duration_us
