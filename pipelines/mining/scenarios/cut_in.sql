-- cut_in: a vehicle of the next lane moves into the own lane, close ahead.
--
-- Within one life of a radar track (it ends at a hole longer than :max_gap_us or where new_track says that the slot
-- was given to another object): a row is outside if |left distance| is between :cut_in_outside_m and
-- :cut_in_outside_max_m (the next lane), inside if <= :in_lane_half_width_m. An entry is the first inside row after
-- an outside row, at most :cut_in_max_crossing_us later, if
--   the vehicle is ahead within :cut_in_max_distance_m (and not a glitch nearer than :radar_min_distance_m),
--   it then stays: for :cut_in_settle_us after the entry |left distance| <= :cut_in_settle_half_width_m, seen for at
--   least :cut_in_settle_min_us of that (crossing traffic doesn't stay),
--   it moves along: own speed > :cut_in_min_speed_mps and own + relative speed >= :cut_in_min_track_speed_mps (parked
--   cars in a bend and oncoming traffic don't),
--   the own vehicle isn't changing lanes itself meanwhile, nor within :cut_in_lane_change_margin_us of it
--   (lane_change.sql): then it is the one who moves.
-- start: last outside row; end: the entry; peak_value: time headway at the entry = forward distance / own speed, s.
--
-- Source: UN Regulation 157 (ALKS) 5.2.5 takes a cut-in as a vehicle moving into the lane ahead from the next one; 40
-- m is 2 s at 20 m/s, beyond that nobody has to react. RefAV (Argoverse 2 scenario mining) describes the same as
-- "changing lanes into ego's lane".
--
-- Parameters:
--   cut_in_outside_m = 2.2
--   cut_in_outside_max_m = 5.5
--   cut_in_max_crossing_us = 4_000_000
--   cut_in_settle_us = 1_000_000
--   cut_in_settle_min_us = 700_000
--   cut_in_settle_half_width_m = 1.8
--   cut_in_max_distance_m = 40.0
--   cut_in_min_speed_mps = 5.0
--   cut_in_min_track_speed_mps = 3.0
--   cut_in_lane_change_margin_us = 1_000_000
WITH ordered AS (
  SELECT
    drive_id,
    track_id,
    t_us,
    forward_distance_m,
    left_distance_m,
    relative_speed_mps,
    new_track,
    speed_mps,
    LAG(t_us) OVER (PARTITION BY drive_id, track_id ORDER BY t_us) AS previous_us
  FROM radar_with_speed
),

lives AS (
  SELECT
    drive_id,
    track_id,
    t_us,
    forward_distance_m,
    left_distance_m,
    relative_speed_mps,
    speed_mps,
    SUM(CASE WHEN new_track OR t_us - previous_us > :max_gap_us THEN 1 ELSE 0 END) OVER (
      PARTITION BY drive_id, track_id ORDER BY t_us ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS life
  FROM ordered
),

states AS (
  SELECT
    drive_id,
    t_us,
    forward_distance_m,
    left_distance_m,
    relative_speed_mps,
    speed_mps,
    MAX(CASE WHEN ABS(left_distance_m) BETWEEN :cut_in_outside_m AND :cut_in_outside_max_m THEN t_us END) OVER (
      PARTITION BY drive_id, track_id, life ORDER BY t_us ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS outside_us,
    MAX(CASE WHEN ABS(left_distance_m) <= :in_lane_half_width_m THEN t_us END) OVER (
      PARTITION BY drive_id, track_id, life ORDER BY t_us ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS inside_before_us,
    MAX(ABS(left_distance_m)) OVER (
      PARTITION BY drive_id, track_id, life ORDER BY t_us RANGE BETWEEN CURRENT ROW AND :cut_in_settle_us FOLLOWING
    ) AS settled_within_m,
    MAX(t_us) OVER (
      PARTITION BY drive_id, track_id, life ORDER BY t_us RANGE BETWEEN CURRENT ROW AND :cut_in_settle_us FOLLOWING
    ) AS settled_until_us
  FROM lives
),

entries AS (
  SELECT
    drive_id,
    outside_us,
    t_us,
    forward_distance_m / speed_mps AS headway_s
  FROM states
  WHERE
    ABS(left_distance_m) <= :in_lane_half_width_m
    AND t_us - outside_us <= :cut_in_max_crossing_us
    AND (inside_before_us IS NULL OR inside_before_us < outside_us)
    AND forward_distance_m BETWEEN :radar_min_distance_m AND :cut_in_max_distance_m
    AND settled_within_m <= :cut_in_settle_half_width_m
    AND settled_until_us - t_us >= :cut_in_settle_min_us
    AND speed_mps > :cut_in_min_speed_mps
    AND speed_mps + relative_speed_mps >= :cut_in_min_track_speed_mps
)

SELECT
  drive_id,
  outside_us AS start_us,
  MAX(t_us) AS end_us,
  MIN(headway_s) AS peak_value
FROM entries
WHERE NOT EXISTS (
  SELECT 1
  FROM lane_change
  WHERE
    lane_change.drive_id = entries.drive_id
    AND lane_change.start_us <= entries.t_us + :cut_in_lane_change_margin_us
    AND lane_change.end_us >= entries.outside_us - :cut_in_lane_change_margin_us
)
GROUP BY drive_id, outside_us
