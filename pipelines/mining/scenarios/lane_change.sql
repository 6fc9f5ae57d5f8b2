-- lane_change: the vehicle moves sideways by a lane, relative to a road of constant curvature.
--
-- For each pose take the poses :lane_change_half_window_us before and after it (at least :lane_change_min_span_us apart, no hole
-- between). On a straight road or on an arc of constant curvature the chord between the two points lies in the mean of the courses
-- at its ends; what the chord goes across that mean direction is sideways displacement (m, left is positive). So neither the
-- road's direction nor its curvature counts, and no map or lane marking is needed. A pose belongs to a lane change if
-- |displacement| >= :lane_change_displacement_m, the ends' courses differ by less than :lane_change_max_turn_sine (sine of the angle;
-- else it is a turn), and the vehicle moves with at least :lane_change_min_speed_mps at both ends (no manoeuvring).
-- Course is the direction between the positions within :lane_change_course_half_window_us around a pose: positions only, so it does
-- not depend on how the device is mounted. Earth as a sphere of 6,371,009 m is exact enough within a window (0.5 %).
-- start, end: first and last pose of a run with one sign (the moments at which the 6 s around hold the displacement; for a change
-- of 4 s that is just about the change itself); peak_value: displacement of greatest size, m, left positive.
--
-- Known limits: a road that bends one way and back within 6 s looks the same; two lane changes there and back within 6 s cancel.
-- Source: lane changes take 6.3 s on average with preparation (NHTSA, DOT HS 809 702, Lee et al. 2004), the sideways motion 3 to 5 s;
-- lanes are 3.0 to 3.7 m wide, weaving within a lane stays under 1.5 m.
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

near_ends AS (
  SELECT
    drive_id,
    segment,
    t_us,
    latitude,
    longitude,
    LAST_VALUE(t_us) OVER near - FIRST_VALUE(t_us) OVER near AS near_us,
    (LAST_VALUE(longitude) OVER near - FIRST_VALUE(longitude) OVER near) * COS(latitude) * 6.371009E6 AS near_east_m,
    (LAST_VALUE(latitude) OVER near - FIRST_VALUE(latitude) OVER near) * 6.371009E6 AS near_north_m
  FROM poses
  WINDOW near AS (
    PARTITION BY drive_id, segment
    ORDER BY t_us
    RANGE BETWEEN :lane_change_course_half_window_us PRECEDING AND :lane_change_course_half_window_us FOLLOWING
  )
),

courses AS (
  SELECT
    drive_id,
    segment,
    t_us,
    latitude,
    longitude,
    CASE
      WHEN
        near_us >= :lane_change_course_min_span_us
        AND SQRT(near_east_m * near_east_m + near_north_m * near_north_m) * 1E6 >= :lane_change_min_speed_mps * near_us
        THEN near_east_m / SQRT(near_east_m * near_east_m + near_north_m * near_north_m)
    END AS course_east,
    CASE
      WHEN
        near_us >= :lane_change_course_min_span_us
        AND SQRT(near_east_m * near_east_m + near_north_m * near_north_m) * 1E6 >= :lane_change_min_speed_mps * near_us
        THEN near_north_m / SQRT(near_east_m * near_east_m + near_north_m * near_north_m)
    END AS course_north
  FROM near_ends
),

chords AS (
  SELECT
    drive_id,
    segment,
    t_us,
    LAST_VALUE(t_us) OVER wide - FIRST_VALUE(t_us) OVER wide AS span_us,
    (LAST_VALUE(longitude) OVER wide - FIRST_VALUE(longitude) OVER wide) * COS(latitude) * 6.371009E6 AS east_m,
    (LAST_VALUE(latitude) OVER wide - FIRST_VALUE(latitude) OVER wide) * 6.371009E6 AS north_m,
    FIRST_VALUE(course_east) OVER wide AS first_east,
    FIRST_VALUE(course_north) OVER wide AS first_north,
    LAST_VALUE(course_east) OVER wide AS last_east,
    LAST_VALUE(course_north) OVER wide AS last_north
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
    east_m,
    north_m,
    first_east + last_east AS mean_east,
    first_north + last_north AS mean_north
  FROM chords
  WHERE
    span_us >= :lane_change_min_span_us
    AND first_east * last_east + first_north * last_north > 0
    AND ABS(first_east * last_north - first_north * last_east) <= :lane_change_max_turn_sine
),

displacements AS (
  SELECT
    drive_id,
    segment,
    t_us,
    (mean_east * north_m - mean_north * east_m) / SQRT(mean_east * mean_east + mean_north * mean_north) AS displacement_m
  FROM directions
),

aside AS (
  SELECT
    drive_id,
    segment,
    t_us,
    displacement_m,
    LAG(t_us) OVER (PARTITION BY drive_id, segment ORDER BY t_us) AS previous_us,
    LAG(displacement_m) OVER (PARTITION BY drive_id, segment ORDER BY t_us) AS previous_m
  FROM displacements
  WHERE ABS(displacement_m) >= :lane_change_displacement_m
),

runs AS (
  SELECT
    drive_id,
    segment,
    t_us,
    displacement_m,
    SUM(CASE WHEN t_us - previous_us > :max_gap_us OR displacement_m * previous_m < 0 THEN 1 ELSE 0 END) OVER (
      PARTITION BY drive_id, segment ORDER BY t_us ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS run
  FROM aside
)

SELECT
  drive_id,
  MIN(t_us) AS start_us,
  MAX(t_us) AS end_us,
  CASE WHEN MIN(displacement_m) < 0 THEN MIN(displacement_m) ELSE MAX(displacement_m) END AS peak_value
FROM runs
GROUP BY drive_id, segment, run
