-- scenarios: what every scenario's definition found, as rows of the table scenarios.scenarios.
--
-- scenario_id is a hash of drive, kind and start, so the same find has the same id in every run and engine. Location
-- is that of the ego pose nearest to the start (the earlier one of two equally near), null if there is none within
-- :location_max_age_us.
--
-- Parameters:
--   location_max_age_us = 5_000_000
WITH poses AS (
  SELECT drive_id, UNIX_MICROS(timestamp) AS pose_us, latitude_deg, longitude_deg, h3_cell FROM ego_pose
),

located AS (
  SELECT
    found.drive_id,
    found.kind,
    found.start_us,
    found.end_us,
    found.peak_value,
    poses.latitude_deg,
    poses.longitude_deg,
    poses.h3_cell,
    ROW_NUMBER() OVER (
      PARTITION BY found.drive_id, found.kind, found.start_us
      ORDER BY ABS(poses.pose_us - found.start_us), poses.pose_us, poses.latitude_deg, poses.longitude_deg
    ) AS nearness
  FROM found
  LEFT JOIN poses
    ON
      poses.drive_id = found.drive_id
      AND poses.pose_us BETWEEN found.start_us - :location_max_age_us AND found.start_us + :location_max_age_us
)

SELECT
  MD5(CONCAT(drive_id, '|', kind, '|', CAST(start_us AS STRING))) AS scenario_id,
  drive_id,
  kind,
  TIMESTAMP_MICROS(start_us) AS start_time,
  TIMESTAMP_MICROS(end_us) AS end_time,
  (end_us - start_us) / 1E6 AS duration_s,
  peak_value,
  latitude_deg,
  longitude_deg,
  h3_cell
FROM located
WHERE nearness = 1
