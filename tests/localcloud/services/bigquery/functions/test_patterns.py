"""Functions of regular expressions."""

from __future__ import annotations

from typing import Any

from tests.localcloud.services.bigquery.functions.evaluation import table_tests

VALUES: dict[str, Any] = {
    "[REGEXP_INSTR('abcabc', 'b'), REGEXP_INSTR('abcabc', 'bc?', 3, 1, 1), REGEXP_INSTR('abc', 'b', 1, 2)]": [2, 7, 0],
}
ERRORS = {
    "REGEXP_INSTR('abc', '(a)(b)')": "capturing group is not supported",
}
test_values, test_errors = table_tests(VALUES, ERRORS)
