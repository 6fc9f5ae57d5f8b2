"""PARSE_DATE and its kin."""

from __future__ import annotations

from datetime import UTC, date, time
from datetime import datetime as moment
from typing import Any

from tests.localcloud.services.bigquery.functions.evaluation import table_tests

VALUES: dict[str, Any] = {
    "PARSE_DATE('%d %B %Y', '5 january 2026')": date(2026, 1, 5),
    "PARSE_DATETIME('%F %T', '2026-01-05 01:02:03')": moment(2026, 1, 5, 1, 2, 3),
    "PARSE_TIME('%I:%M %p', '1:02 pm')": time(13, 2),
    "PARSE_TIMESTAMP('%F %H', '2026-01-02 01', 'Europe/Berlin')": moment(2026, 1, 2, tzinfo=UTC),
    "PARSE_TIMESTAMP('%s', '1')": moment(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
    "SAFE.PARSE_DATE('%F', 'x')": None,
}
ERRORS = {
    "PARSE_DATE('%F', '2026-13-01')": "Failed to parse input string",
    "PARSE_DATE('%i', '1')": "%i is not supported for parsing",
    "PARSE_TIME('%H:%M', '1')": "Failed to parse input string",
}
test_values, test_errors = table_tests(VALUES, ERRORS)
