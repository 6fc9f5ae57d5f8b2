"""A definition's file: read strictly, so that what its first comment says is what runs."""

from __future__ import annotations

import pytest

from pipelines.mining.definition import DefinitionError, parse_definition

SLOW = """-- slow: the vehicle is slow.
--
-- Samples below :slow_speed_mps, in a run of :slow_min_duration_us at least. See :max_gap_us.
--
-- Parameters:
--   slow_speed_mps = 3.5
--   slow_min_duration_us = 2_000_000
WITH runs AS (
  SELECT * FROM speed_segments -- FROM nothing
),

long_runs AS (SELECT * FROM runs JOIN drives ON TRUE WHERE ':nobody' <> ' FROM nowhere')

SELECT drive_id FROM long_runs
WHERE speed_mps < :slow_speed_mps AND t_us > :slow_min_duration_us AND t_us < :max_gap_us
"""


def test_what_a_file_holds():
    slow = parse_definition("slow", SLOW)
    assert slow.summary == "the vehicle is slow."
    assert slow.numbers == {"slow_speed_mps": 3.5, "slow_min_duration_us": 2_000_000}
    assert isinstance(slow.numbers["slow_min_duration_us"], int)
    assert slow.named == {"slow_speed_mps", "slow_min_duration_us", "max_gap_us"}
    assert slow.reads == {"speed_segments", "drives"}
    assert slow.text == SLOW


def test_a_file_without_numbers_needs_no_section():
    event = parse_definition("event", "-- event: something happened.\nSELECT DISTINCT drive_id FROM events\n")
    assert event.numbers == {}
    assert event.reads == {"events"}


@pytest.mark.parametrize(
    ("name", "old", "new", "complaint"),
    [
        ("slow", "-- slow: the", "-- fast: the", "must begin with a line `-- slow: what it finds.`"),
        ("slow", "-- slow: the vehicle is slow.\n", "", "must begin with a line"),
        ("Slow", "-- slow:", "-- Slow:", "must begin with a line"),
        ("slow", "= 3.5", "= fast", "`--   slow_speed_mps = fast` must be"),
        ("slow", "= 3.5", "= 3.5 m/s", "must be `--   name_unit = number`"),
        ("slow", "slow_min_duration_us = 2", "slow_speed_mps = 2", "each name once"),
        ("slow", "speed_mps < :slow_speed_mps", "TRUE", "nothing names slow_speed_mps: use or remove it"),
        ("slow", "Samples below :slow_speed_mps", "Samples", "say in its first comment what :slow_speed_mps means"),
        ("slow", " See :max_gap_us.", "", "say in its first comment what :max_gap_us means"),
    ],
)
def test_a_file_of_another_form_is_refused(name: str, old: str, new: str, complaint: str):
    assert old in SLOW
    with pytest.raises(DefinitionError, match=f"^{name}.sql.*") as error:
        parse_definition(name, SLOW.replace(old, new, 1))
    assert complaint in str(error.value)
    assert "\n" not in str(error.value)
