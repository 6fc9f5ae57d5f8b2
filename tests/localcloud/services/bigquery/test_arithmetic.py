"""The arithmetic of each type."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.localcloud.services.bigquery.functions.evaluation import table_tests

VALUES: dict[str, Any] = {
    "NUMERIC '1.5' * 2": Decimal(3),
    "[-8 >> 1, 8 >> 1, -8 >> 0, -1 >> 63, 8 >> 64]": [2**63 - 4, 4, -8, 1, 0],
    "[1 << 3, 1 << 63, 3 << 63, -1 << 1, 1 << 64]": [8, -(2**63), -(2**63), -2, 0],
    "NUMERIC '1.1' * 1.1": Decimal("1.21"),
    "IF(TRUE, NUMERIC '1', 1.5) + -0.5": Decimal("0.5"),
    "ARRAY<NUMERIC>[-123456789.123456789][OFFSET(0)]": Decimal("-123456789.123456789"),
    "CAST(-123456789.123456789 AS NUMERIC)": Decimal("-123456789.123456789"),
    "NUMERIC '1' / 3": Decimal("0.333333333"),
}
ERRORS = {
    "1 << -1": "shift by a negative number",
    "INTERVAL 1 DAY / 2": "of an INTERVAL are not supported here",
    "1e300 / 1e-300": "beyond the range of FLOAT64",
    "NUMERIC '1' / 0": "division by zero",
    "NUMERIC '99999999999999999999999999999' * 10": "numeric overflow",
}
test_values, test_errors = table_tests(VALUES, ERRORS)
