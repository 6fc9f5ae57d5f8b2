"""Functions of arrays."""

from __future__ import annotations

import datetime
from typing import Any

from tests.localcloud.services.bigquery.functions.evaluation import table_tests

VALUES: dict[str, Any] = {
    "ARRAY_LENGTH(ARRAY_SLICE([1, 2], -8869911617074265235, -4))": 0,
    "ARRAY_FIRST([1, 2])": 1,
    "ARRAY_LAST([1, 2])": 2,
    "ARRAY_SLICE([1, 2, 3, 4], 1, -2)": [2, 3],
    "ARRAY_REVERSE(['a', 'b'])": ["b", "a"],
    "ARRAY_LENGTH([1, NULL])": 2,
    "ARRAY_TO_STRING(['a', NULL, 'b'], '-')": "a-b",
    "ARRAY_TO_STRING(['a', NULL, 'b'], '-', '?')": "a-?-b",
    "GENERATE_ARRAY(1, 7, 3)": [1, 4, 7],
    "GENERATE_ARRAY(1, 2, 0.5)": [1.0, 1.5, 2.0],
    "GENERATE_DATE_ARRAY('2026-01-30', '2026-02-01')": [
        datetime.date(2026, 1, 30),
        datetime.date(2026, 1, 31),
        datetime.date(2026, 2, 1),
    ],
    "ARRAY_LENGTH(GENERATE_TIMESTAMP_ARRAY('2026-01-01', '2026-01-02', INTERVAL 6 HOUR))": 5,
    "[10, 20][OFFSET(1)] + [10, 20][ORDINAL(1)]": 30,
}
ERRORS = {
    "ARRAY_FIRST(ARRAY<INT64>[])": "cannot get the first element of an empty array",
    "ARRAY_LAST(ARRAY<INT64>[])": "cannot get the last element of an empty array",
    "GENERATE_ARRAY(1, 5, 0)": "Sequence step cannot be 0",
    "GENERATE_DATE_ARRAY('2026-01-30', '2026-02-01', INTERVAL 0 DAY)": "Sequence step cannot be 0",
    "[1, 2][OFFSET(2)]": "Array index 2 is out of bounds",
    "[1, 2][ORDINAL(0)]": "Array index 0 is out of bounds",
}
test_values, test_errors = table_tests(VALUES, ERRORS)
