-- radar_with_speed: every radar row with the vehicle's own speed at that time.
--
-- Own speed is the last speed sample at or before the radar row, if not older than :max_gap_us; radar rows without one
-- are left out, so a hole in the speed topic never lends its last value to what happened in it.
-- Columns: drive_id, t_us, track_id, forward_distance_m, left_distance_m, relative_speed_mps, new_track, speed_mps.
WITH merged AS (
  SELECT
    drive_id,
    UNIX_MICROS(timestamp) AS t_us,
    0 AS is_radar,
    CAST(NULL AS BIGINT) AS track_id,
    CAST(NULL AS DOUBLE) AS forward_distance_m,
    CAST(NULL AS DOUBLE) AS left_distance_m,
    CAST(NULL AS DOUBLE) AS relative_speed_mps,
    CAST(NULL AS BOOLEAN) AS new_track,
    UNIX_MICROS(timestamp) AS speed_us,
    speed_mps
  FROM speed
  UNION ALL
  SELECT
    drive_id,
    UNIX_MICROS(timestamp) AS t_us,
    1 AS is_radar,
    CAST(track_id AS BIGINT) AS track_id,
    forward_distance_m,
    left_distance_m,
    relative_speed_mps,
    new_track,
    CAST(NULL AS BIGINT) AS speed_us,
    CAST(NULL AS DOUBLE) AS speed_mps
  FROM radar_tracks
),

carried AS (
  SELECT
    drive_id,
    t_us,
    is_radar,
    track_id,
    forward_distance_m,
    left_distance_m,
    relative_speed_mps,
    new_track,
    LAST_VALUE(speed_us) IGNORE NULLS OVER (
      PARTITION BY drive_id ORDER BY t_us, is_radar, speed_mps ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS speed_us,
    LAST_VALUE(speed_mps) IGNORE NULLS OVER (
      PARTITION BY drive_id ORDER BY t_us, is_radar, speed_mps ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS speed_mps
  FROM merged
)

SELECT
  drive_id,
  t_us,
  track_id,
  forward_distance_m,
  left_distance_m,
  relative_speed_mps,
  new_track,
  speed_mps
FROM carried
WHERE is_radar = 1 AND t_us - speed_us <= :max_gap_us
