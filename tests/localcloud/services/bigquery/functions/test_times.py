"""Functions of DATE, TIME, DATETIME and TIMESTAMP."""

from __future__ import annotations

from datetime import UTC, date, time
from datetime import datetime as moment
from typing import Any

from tests.localcloud.services.bigquery.functions.evaluation import table_tests

VALUES: dict[str, Any] = {
    "CAST(DATE '2026-05-20' - DATE '2025-04-19' AS STRING)": "0-0 396 0:0:0",
    "CAST(TIMESTAMP '2026-06-01 12:34:56.7+00' - TIMESTAMP '2026-05-31 00:00:00+00' AS STRING)": "0-0 0 36:34:56.700",
    "DATE_TRUNC(DATE '2026-01-07', WEEK)": date(2026, 1, 4),
    "DATE_TRUNC('2026-01-07', ISOYEAR)": date(2025, 12, 29),
    "DATE_TRUNC(DATETIME '2026-01-07 01:02:03', WEEK(MONDAY))": moment(2026, 1, 5),
    "DATETIME_TRUNC(DATETIME '2026-01-07 01:02:03.5', SECOND)": moment(2026, 1, 7, 1, 2, 3),
    "TIMESTAMP_TRUNC(TIMESTAMP '2020-01-01 00:10:00+00', HOUR, 'Asia/Kolkata')": moment(
        2019, 12, 31, 23, 30, tzinfo=UTC
    ),
    "TIMESTAMP_TRUNC(TIMESTAMP '2020-01-01 22:10:00+00', DAY)": moment(2020, 1, 1, tzinfo=UTC),
    "TIME_TRUNC(TIME '01:02:03', HOUR)": time(1),
    "DATE_DIFF(DATE '2026-01-04', DATE '2026-01-03', WEEK)": 1,
    "DATE_DIFF('2026-03-01', '2026-01-31', MONTH)": 2,
    "DATETIME_DIFF(DATETIME '2026-01-01 02:00:00', DATETIME '2026-01-01 01:59:59', HOUR)": 1,
    "TIMESTAMP_DIFF(TIMESTAMP '2026-01-01 02:20:00', TIMESTAMP '2026-01-01 00:30:00', HOUR)": 1,
    "TIME_DIFF(TIME '01:00:00', TIME '00:59:00', MINUTE)": 1,
    "DATE_ADD(DATE '2026-01-31', INTERVAL 1 MONTH)": date(2026, 2, 28),
    "DATE_SUB('2026-01-31', INTERVAL 1 WEEK)": date(2026, 1, 24),
    "DATETIME_ADD(DATETIME '2026-01-31', INTERVAL 1 QUARTER)": moment(2026, 4, 30),
    "DATETIME_SUB(DATETIME '2026-01-31', INTERVAL 1 SECOND)": moment(2026, 1, 30, 23, 59, 59),
    "TIMESTAMP_ADD(TIMESTAMP '2026-01-01', INTERVAL 1 DAY)": moment(2026, 1, 2, tzinfo=UTC),
    "TIMESTAMP_SUB('2026-01-01', INTERVAL 1 MILLISECOND)": moment(2025, 12, 31, 23, 59, 59, 999000, tzinfo=UTC),
    "TIME_ADD(TIME '23:59:59', INTERVAL 2 SECOND)": time(0, 0, 1),
    "TIME_SUB(TIME '00:00:00', INTERVAL 1 HOUR)": time(23),
    "LAST_DAY(DATE '2026-02-03')": date(2026, 2, 28),
    "LAST_DAY(DATE '2026-02-03', WEEK(MONDAY))": date(2026, 2, 8),
    "[UNIX_SECONDS(TIMESTAMP '1970-01-01 00:00:01.8+00'), UNIX_SECONDS(TIMESTAMP '1969-12-31 23:59:59.8+00')]": [1, -1],
    "UNIX_MILLIS(TIMESTAMP '1970-01-01 00:00:00.0018+00') + UNIX_MICROS(TIMESTAMP '1970-01-01 00:00:00.000001+00')": 2,
    "UNIX_DATE(DATE '1970-01-02')": 1,
    "[TIMESTAMP_SECONDS(1), TIMESTAMP_MILLIS(1000), TIMESTAMP_MICROS(1000000)]": [
        moment(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    ]
    * 3,
    "DATE_FROM_UNIX_DATE(1)": date(1970, 1, 2),
    "[DATE(2026, 1, 2), DATE(TIMESTAMP '2026-01-01 23:30:00+00', 'Europe/Berlin'), DATE('2026-01-02')]": [
        date(2026, 1, 2)
    ]
    * 3,
    "DATETIME(2026, 1, 2, 3, 4, 5)": moment(2026, 1, 2, 3, 4, 5),
    "DATETIME(DATE '2026-01-02', TIME '03:04:05')": moment(2026, 1, 2, 3, 4, 5),
    "[TIME(1, 2, 3), TIME(TIMESTAMP '2026-01-01 01:02:03+00')]": [time(1, 2, 3)] * 2,
    "TIMESTAMP('2026-01-01 01:00:00', 'Europe/Berlin')": moment(2026, 1, 1, tzinfo=UTC),
    "TIMESTAMP(DATETIME '2026-01-01 00:00:00')": moment(2026, 1, 1, tzinfo=UTC),
    "STRING(TIMESTAMP '2008-12-25 15:30:00+00', 'UTC')": "2008-12-25 15:30:00+00",
    "STRING(TIMESTAMP '2008-12-25 15:30:00.5+00', 'Asia/Kolkata')": "2008-12-25 21:00:00.500+05:30",
    "[EXTRACT(WEEK FROM DATE '2026-01-04'), EXTRACT(ISOWEEK FROM DATE '2026-01-04')]": [1, 1],
    "EXTRACT(HOUR FROM TIMESTAMP '2026-01-01 00:30:00+00' AT TIME ZONE 'Asia/Kolkata')": 6,
    "EXTRACT(TIME FROM DATETIME '2026-01-01 01:02:03')": time(1, 2, 3),
    "EXTRACT(MICROSECOND FROM TIMESTAMP '2026-01-01 00:00:05.25')": 250_000,
}
ERRORS = {
    "TIMESTAMP_DIFF(TIMESTAMP '2026-01-01', TIMESTAMP '2025-01-01', MONTH)": "does not support the MONTH date part",
    "DATE_TRUNC(DATE '2026-01-01', HOUR)": "does not support the HOUR date part",
    "DATE_TRUNC(DATE '2026-01-01', WEEK(LUNDI))": "A valid date part name is required",
    "EXTRACT(HOUR FROM DATE '2026-01-01')": "does not support the HOUR date part",
    "TIMESTAMP_SECONDS(9223372036854775807)": "Invalid timestamp",
    "DATE_ADD(DATE '9999-12-31', INTERVAL 1 DAY)": "out of range",
    "TIMESTAMP('2026-01-01', 'Moon/Crater')": "Invalid time zone: Moon/Crater",
}
test_values, test_errors = table_tests(VALUES, ERRORS)
