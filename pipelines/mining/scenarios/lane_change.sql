-- lane_change: the vehicle moves sideways by a lane, relative to its road.
--
-- Course is the direction between the positions within :lane_change_course_half_window_us around a pose, at least
-- :lane_change_course_min_span_s apart (positions only, so it does not depend on how the device is mounted); it is
-- unknown below :lane_change_min_speed_mps, where vehicles manoeuvre. The road's direction at a pose is the mean of
-- the courses :lane_change_half_window_us before and after it, no hole between: on a straight road or an arc of
-- constant curvature a vehicle that keeps its lane goes just there. So no map or lane marking is needed. Sideways
-- speed is the part of the velocity across that direction (m/s, left is positive). Where the courses before and after
-- differ by more than :lane_change_max_turn_sine (sine of the angle) the vehicle turns: those poses are left out.
-- Poses that move sideways by :lane_change_min_sideways_mps or more, in one direction, not more than :max_gap_us
-- apart, are one run. Its displacement is the sum of sideways speed x time.
-- A change bends the road's direction, as taken here, well before and after itself too: shadows, runs of half its size
-- and the other sign in which the vehicle really goes straight on. What tells them apart is the swing: how far the way
-- from a run's first to its last pose goes across the mean of the courses at both, 0 on any straight or arc.
-- A run is a lane change if |displacement| >= :lane_change_displacement_m and swing / displacement is at least
-- :lane_change_min_swing.
-- start, end: first and last pose of the run; peak_value: the displacement, m, left positive.
-- Earth as a sphere of 6,371,009 m is exact enough here (0.5 %).
--
-- Known limits: changes within 4 s of the begin or end of a recording, in bends of less than about 2,000 m radius at
-- 25 m/s, or slower than about 8 s, are not found; a road that bends one way and back within 8 s can look the same.
-- Source: lane changes take 6.3 s on average, standard deviation 2.0 s (Lee, Olsen, Wierwille 2004 for NHTSA, DOT HS
-- 809 702); lanes are 3.0 to 3.7 m wide; weaving within a lane stays under 1.5 m.
--
-- Parameters:
--   lane_change_half_window_us = 4_000_000
--   lane_change_course_half_window_us = 250_000
--   lane_change_course_min_span_s = 0.2
--   lane_change_min_speed_mps = 5.0
--   lane_change_max_turn_sine = 0.1
--   lane_change_min_sideways_mps = 0.2
--   lane_change_displacement_m = 2.2
--   lane_change_min_swing = 0.4
WITH ordered AS (
  SELECT
    drive_id,
    UNIX_MICROS(timestamp) AS t_us,
    latitude_deg,
    longitude_deg,
    LAG(UNIX_MICROS(timestamp)) OVER (
      PARTITION BY drive_id ORDER BY UNIX_MICROS(timestamp), latitude_deg, longitude_deg
    ) AS previous_us
  FROM ego_pose
),

poses AS (
  SELECT
    drive_id,
    t_us,
    RADIANS(latitude_deg) AS latitude,
    RADIANS(longitude_deg) AS longitude,
    SUM(CASE WHEN t_us - previous_us > :max_gap_us THEN 1 ELSE 0 END) OVER (
      PARTITION BY drive_id ORDER BY t_us ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS segment
  FROM ordered
  WHERE previous_us IS NULL OR t_us > previous_us
),

strides AS (
  SELECT
    drive_id,
    segment,
    t_us,
    latitude,
    longitude,
    (LAST_VALUE(t_us) OVER near - FIRST_VALUE(t_us) OVER near) / 1E6 AS stride_s,
    (LAST_VALUE(longitude) OVER near - FIRST_VALUE(longitude) OVER near) * COS(latitude) * 6.371009E6 AS stride_east_m,
    (LAST_VALUE(latitude) OVER near - FIRST_VALUE(latitude) OVER near) * 6.371009E6 AS stride_north_m
  FROM poses
  WINDOW near AS (
    PARTITION BY drive_id, segment
    ORDER BY t_us
    RANGE BETWEEN :lane_change_course_half_window_us PRECEDING AND :lane_change_course_half_window_us FOLLOWING
  )
),

velocities AS (
  SELECT
    drive_id,
    segment,
    t_us,
    latitude,
    longitude,
    stride_east_m / stride_s AS east_mps,
    stride_north_m / stride_s AS north_mps,
    SQRT(stride_east_m * stride_east_m + stride_north_m * stride_north_m) / stride_s AS speed_mps
  FROM strides
  WHERE stride_s >= :lane_change_course_min_span_s
),

courses AS (
  SELECT
    drive_id,
    segment,
    t_us,
    latitude,
    longitude,
    speed_mps,
    CASE WHEN speed_mps >= :lane_change_min_speed_mps THEN east_mps / speed_mps END AS course_east,
    CASE WHEN speed_mps >= :lane_change_min_speed_mps THEN north_mps / speed_mps END AS course_north
  FROM velocities
),

surroundings AS (
  SELECT
    drive_id,
    segment,
    t_us,
    latitude,
    longitude,
    speed_mps,
    course_east,
    course_north,
    FIRST_VALUE(t_us) OVER wide AS before_us,
    LAST_VALUE(t_us) OVER wide AS after_us,
    FIRST_VALUE(course_east) OVER wide AS before_east,
    FIRST_VALUE(course_north) OVER wide AS before_north,
    LAST_VALUE(course_east) OVER wide AS after_east,
    LAST_VALUE(course_north) OVER wide AS after_north
  FROM courses
  WINDOW wide AS (
    PARTITION BY drive_id, segment
    ORDER BY t_us
    RANGE BETWEEN :lane_change_half_window_us PRECEDING AND :lane_change_half_window_us FOLLOWING
  )
),

directions AS (
  SELECT
    drive_id,
    segment,
    t_us,
    latitude,
    longitude,
    speed_mps,
    course_east,
    course_north,
    before_east + after_east AS road_east,
    before_north + after_north AS road_north
  FROM surroundings
  WHERE
    t_us - before_us >= :lane_change_half_window_us - :max_gap_us
    AND after_us - t_us >= :lane_change_half_window_us - :max_gap_us
    AND before_east * after_east + before_north * after_north > 0
    AND ABS(before_east * after_north - before_north * after_east) <= :lane_change_max_turn_sine
),

sideways AS (
  SELECT
    drive_id,
    segment,
    t_us,
    latitude,
    longitude,
    course_east,
    course_north,
    speed_mps * (road_east * course_north - road_north * course_east)
    / SQRT(road_east * road_east + road_north * road_north) AS sideways_mps
  FROM directions
),

moving AS (
  SELECT
    drive_id,
    segment,
    t_us,
    latitude,
    longitude,
    course_east,
    course_north,
    sideways_mps,
    LAG(t_us) OVER (PARTITION BY drive_id, segment ORDER BY t_us) AS previous_us,
    LAG(sideways_mps) OVER (PARTITION BY drive_id, segment ORDER BY t_us) AS previous_mps
  FROM sideways
  WHERE ABS(sideways_mps) >= :lane_change_min_sideways_mps
),

steps AS (
  SELECT
    drive_id,
    segment,
    t_us,
    latitude,
    longitude,
    course_east,
    course_north,
    sideways_mps,
    previous_us,
    CASE WHEN t_us - previous_us <= :max_gap_us AND sideways_mps * previous_mps > 0 THEN 0 ELSE 1 END AS starts
  FROM moving
),

runs AS (
  SELECT
    drive_id,
    segment,
    t_us,
    latitude,
    longitude,
    course_east,
    course_north,
    CASE WHEN starts = 0 THEN sideways_mps * (t_us - previous_us) / 1E6 ELSE 0E0 END AS step_m,
    SUM(starts) OVER (
      PARTITION BY drive_id, segment ORDER BY t_us ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS run
  FROM steps
),

ends AS (
  SELECT
    drive_id,
    MIN(t_us) AS start_us,
    MAX(t_us) AS end_us,
    SUM(step_m) AS displacement_m,
    (MAX_BY(longitude, t_us) - MIN_BY(longitude, t_us)) * COS(MIN_BY(latitude, t_us)) * 6.371009E6 AS east_m,
    (MAX_BY(latitude, t_us) - MIN_BY(latitude, t_us)) * 6.371009E6 AS north_m,
    MIN_BY(course_east, t_us) + MAX_BY(course_east, t_us) AS mean_east,
    MIN_BY(course_north, t_us) + MAX_BY(course_north, t_us) AS mean_north
  FROM runs
  GROUP BY drive_id, segment, run
),

swings AS (
  SELECT
    drive_id,
    start_us,
    end_us,
    displacement_m,
    (mean_east * north_m - mean_north * east_m) / SQRT(mean_east * mean_east + mean_north * mean_north) AS swing_m
  FROM ends
)

SELECT
  drive_id,
  start_us,
  end_us,
  displacement_m AS peak_value
FROM swings
WHERE
  ABS(displacement_m) >= :lane_change_displacement_m
  AND swing_m * displacement_m >= :lane_change_min_swing * displacement_m * displacement_m
