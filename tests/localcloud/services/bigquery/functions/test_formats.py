"""FORMAT."""

from __future__ import annotations

from typing import Any

from tests.localcloud.services.bigquery.functions.evaluation import table_tests

VALUES: dict[str, Any] = {
    "FORMAT('%d km, %05.1f %s %t %T', 3, 2.25, 'x', DATE '2026-01-02', 'q')": '3 km, 002.2 x 2026-01-02 "q"',
    'FORMAT("%\'d%%", 1234567)': "1,234,567%",
    "FORMAT('%t', CAST(NULL AS STRING))": "NULL",
    "FORMAT('%s', CAST(NULL AS STRING))": None,
}
ERRORS = {
    "FORMAT('%d', 1, 2)": "takes 1 arguments, not 2",
}
test_values, test_errors = table_tests(VALUES, ERRORS)
