"""The matching rule of mined and true scenarios."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.simulation.generator import Scenario, compare, from_rows

SECOND = 1_000_000_000
BRAKE = Scenario("hard_brake", 100 * SECOND, 102 * SECOND, -5.0)


def test_equal_within_tolerance():
    near = replace(BRAKE, start_ns=BRAKE.start_ns + SECOND // 3, end_ns=BRAKE.end_ns - SECOND // 3, peak_value=-5.2)
    differences = compare({"a": [near]}, {"a": [BRAKE], "b": []})
    assert not differences
    assert str(differences) == "mined scenarios equal the ground truth"


@pytest.mark.parametrize(
    "changed",
    [
        replace(BRAKE, kind="stop"),
        replace(BRAKE, start_ns=BRAKE.start_ns - SECOND),
        replace(BRAKE, end_ns=BRAKE.end_ns + SECOND),
        replace(BRAKE, peak_value=-6.0),
        replace(BRAKE, peak_value=None),
    ],
)
def test_what_does_not_match_is_missing_and_unexpected(changed: Scenario):
    differences = compare({"a": [changed]}, {"a": [BRAKE]})
    assert len(differences.missing) == len(differences.unexpected) == 1
    assert "missing: hard_brake in a" in str(differences)


def test_matching_is_one_to_one():
    assert len(compare({"a": [BRAKE, BRAKE]}, {"a": [BRAKE]}).unexpected) == 1
    assert len(compare({"a": [BRAKE]}, {"a": [BRAKE, BRAKE]}).missing) == 1


def test_an_unknown_drive_is_unexpected():
    assert compare({"b": [BRAKE]}, {"a": []}).unexpected
    assert compare({}, {"a": [BRAKE]}).missing


def test_rows_become_scenarios():
    start = datetime(2026, 5, 4, 6, 0, 0, 123457, UTC)
    row = {
        "drive_id": "a",
        "kind": "stop",
        "start_time": start,
        "end_time": start + timedelta(seconds=3),
        "peak_value": 0.0,
    }
    (scenario,) = from_rows([row])["a"]
    assert scenario.start_ns % SECOND == 123_457_000
    assert scenario.end_ns - scenario.start_ns == 3 * SECOND
