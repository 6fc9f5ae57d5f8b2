"""Buckets of time."""

from __future__ import annotations

import datetime
from typing import Any

from tests.localcloud.services.bigquery.functions.evaluation import table_tests

VALUES: dict[str, Any] = {
    "TIMESTAMP_BUCKET(TIMESTAMP '2026-01-01 01:30:00+00', INTERVAL 1 HOUR)": datetime.datetime(
        2026, 1, 1, 1, tzinfo=datetime.UTC
    ),
    "DATE_BUCKET(DATE '1949-12-30', INTERVAL 7 DAY)": datetime.date(1949, 12, 25),
    "DATE_BUCKET('2026-03-15', INTERVAL 2 MONTH)": datetime.date(2026, 3, 1),
    "DATE_BUCKET(DATE '2026-03-15', INTERVAL 1 MONTH, DATE '2026-01-31')": datetime.date(2026, 2, 28),
    "DATETIME_BUCKET(DATETIME '2026-03-15 12:34:56.789', INTERVAL 100 MILLISECOND)": datetime.datetime(
        2026, 3, 15, 12, 34, 56, 700_000
    ),
    "DATE_BUCKET(CAST(NULL AS DATE), INTERVAL 7 DAY)": None,
}
ERRORS = {"DATE_BUCKET(DATE '2026-03-15', INTERVAL 0 DAY)": "A bucket must be of a positive number"}
test_values, test_errors = table_tests(VALUES, ERRORS)
