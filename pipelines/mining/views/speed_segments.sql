-- speed_segments: the speed signal cut where the topic has a hole.
--
-- One row per speed sample: drive_id, t_us (log time, microseconds since the epoch), speed_mps (m/s), segment (counts
-- the holes longer than :max_gap_us so far in the drive). Windows are taken within a segment, so none bridges a hole.
-- Of samples with the same time one is kept (the slowest): the result is the same for any order of the rows.
WITH ordered AS (
  SELECT
    drive_id,
    UNIX_MICROS(timestamp) AS t_us,
    speed_mps,
    LAG(UNIX_MICROS(timestamp)) OVER (PARTITION BY drive_id ORDER BY UNIX_MICROS(timestamp), speed_mps) AS previous_us
  FROM speed
)

SELECT
  drive_id,
  t_us,
  speed_mps,
  SUM(CASE WHEN t_us - previous_us > :max_gap_us THEN 1 ELSE 0 END) OVER (
    PARTITION BY drive_id ORDER BY t_us ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS segment
FROM ordered
WHERE previous_us IS NULL OR t_us > previous_us
