-- hard_brake: the vehicle loses speed fast.
--
-- Acceleration at a sample is the change of speed since the first sample of the :hard_brake_window_us before it, over
-- the time between the two (m/s2; at least :hard_brake_min_span_us apart, within one segment). The sample brakes hard
-- if that is <= :hard_brake_acceleration_mps2. Braking samples not more than :hard_brake_merge_us apart are one burst.
-- start: begin of the burst's first window; end: its last braking sample; peak_value: strongest deceleration, m/s2
-- (negative).
--
-- Source: 3 m/s2 is where fleets start to count harsh braking (telematics insurers: 7 mph per second = 3.1 m/s2) and
-- lies under what comfort functions may use by themselves (ISO 15622 limits adaptive cruise control to 3.5 m/s2
-- averaged over 2 s at speed; openpilot's planner has ACCEL_MIN = -3.5 m/s2). Averaging over 0.5 s keeps the noise of
-- the speed signal (0.03 m/s) below 0.1 m/s2.
--
-- Parameters:
--   hard_brake_window_us = 500_000
--   hard_brake_min_span_us = 400_000
--   hard_brake_acceleration_mps2 = -3.0
--   hard_brake_merge_us = 1_000_000
WITH windows AS (
  SELECT
    drive_id,
    segment,
    t_us,
    speed_mps,
    FIRST_VALUE(t_us) OVER half_second AS from_us,
    FIRST_VALUE(speed_mps) OVER half_second AS from_speed_mps
  FROM speed_segments
  WINDOW half_second AS (
    PARTITION BY drive_id, segment ORDER BY t_us RANGE BETWEEN :hard_brake_window_us PRECEDING AND CURRENT ROW
  )
),

braking AS (
  SELECT
    drive_id,
    segment,
    t_us,
    from_us,
    (speed_mps - from_speed_mps) * 1E6 / (t_us - from_us) AS acceleration_mps2
  FROM windows
  WHERE
    t_us - from_us >= :hard_brake_min_span_us
    AND (speed_mps - from_speed_mps) * 1E6 <= :hard_brake_acceleration_mps2 * (t_us - from_us)
),

neighbours AS (
  SELECT
    drive_id,
    segment,
    t_us,
    from_us,
    acceleration_mps2,
    LAG(t_us) OVER (PARTITION BY drive_id, segment ORDER BY t_us) AS previous_us
  FROM braking
),

bursts AS (
  SELECT
    drive_id,
    segment,
    t_us,
    from_us,
    acceleration_mps2,
    SUM(CASE WHEN t_us - previous_us > :hard_brake_merge_us THEN 1 ELSE 0 END) OVER (
      PARTITION BY drive_id, segment ORDER BY t_us ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS burst
  FROM neighbours
)

SELECT
  drive_id,
  MIN(from_us) AS start_us,
  MAX(t_us) AS end_us,
  MIN(acceleration_mps2) AS peak_value
FROM bursts
GROUP BY drive_id, segment, burst
