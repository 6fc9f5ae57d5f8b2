"""FORMAT_DATE and its kin."""

from __future__ import annotations

from typing import Any

from tests.localcloud.services.bigquery.functions.evaluation import table_tests

VALUES: dict[str, Any] = {
    "FORMAT_DATE('%Y week %V, %e %b, Q%Q', DATE '2026-01-05')": "2026 week 02,  5 Jan, Q1",
    "FORMAT_DATETIME('%c', DATETIME '2026-01-05 13:02:03')": "Mon Jan  5 13:02:03 2026",
    "FORMAT_TIME('%I:%M %p', TIME '13:02:03')": "01:02 PM",
    "FORMAT_TIMESTAMP('%T %z', TIMESTAMP '2024-01-15 23:30:00+00', 'Europe/Berlin')": "00:30:00 +0100",
    "FORMAT_TIMESTAMP('%FT%H:%M:%E3S%Ez', TIMESTAMP '2024-01-15 23:30:00.1234+00')": "2024-01-15T23:30:00.123+00:00",
}
ERRORS = {
    "FORMAT_TIMESTAMP('%F', TIMESTAMP '2026-01-01', 'Moon/Crater')": "Invalid time zone: Moon/Crater",
}
test_values, test_errors = table_tests(VALUES, ERRORS)
