-- disengagement: the driving software handed over, by itself or because the driver took over.
--
-- An event row of kind 'disengagement'. start = end = its log time; no peak_value.
--
-- Source: the software reports it (openpilot: an event that leaves the enabled state; California's DMV has makers
-- report deactivations of the autonomous mode under this name).
SELECT DISTINCT
  drive_id,
  UNIX_MICROS(timestamp) AS start_us,
  UNIX_MICROS(timestamp) AS end_us,
  CAST(NULL AS DOUBLE) AS peak_value
FROM events
WHERE kind = 'disengagement'
