"""Mathematical functions."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from tests.localcloud.services.bigquery.functions.evaluation import table_tests

VALUES: dict[str, Any] = {
    "IS_NAN(POW(CAST('nan' AS FLOAT64), 2)) AND IS_NAN(CBRT(CAST('nan' AS FLOAT64)))": True,
    "POW(CAST('nan' AS FLOAT64), 0) + POW(1, CAST('nan' AS FLOAT64))": 2.0,
    "SAFE.PARSE_NUMERIC(' - 1 2.34 ')": None,
    "PARSE_NUMERIC(' 1,234.5- ')": Decimal("-1234.5"),
    "[CEIL(1.2), CEILING(-1.2), FLOOR(1.8), CEIL(3)]": [2.0, -1.0, 1.0, 3.0],
    "[ROUND(2.5), ROUND(-2.5), ROUND(1.234, 2), ROUND(123.7, -1)]": [3.0, -3.0, 1.23, 120.0],
    "ROUND(NUMERIC '2.345', 2)": Decimal("2.35"),
    "[TRUNC(1.9), TRUNC(-1.99, 1)]": [1.0, -1.9],
    "SIGN(-3) + SIGN(0)": -1,
    "[SQRT(4), CBRT(27), POW(2, 3), POWER(2.0, -1), EXP(0), LN(1), LOG(8, 2), LOG10(100), LOG(1)]": [
        2.0,
        3.0,
        8.0,
        0.5,
        1.0,
        0.0,
        3.0,
        2.0,
        0.0,
    ],
    "[IEEE_DIVIDE(1, 0), IEEE_DIVIDE(-1, 0)]": [math.inf, -math.inf],
    "IS_NAN(IEEE_DIVIDE(0, 0)) AND IS_INF(IEEE_DIVIDE(1, 0))": True,
    "SAFE_DIVIDE(1, 0)": None,
    "SAFE_DIVIDE(1, 4)": 0.25,
    "SAFE_ADD(9223372036854775807, 1)": None,
    "SAFE_SUBTRACT(5, 3)": 2,
    "SAFE_MULTIPLY(9223372036854775807, 2)": None,
    "SAFE_NEGATE(5)": -5,
    "[DIV(-7, 2), MOD(-7, 2)]": [-3, -1],
    "BIT_COUNT(7) + BIT_COUNT(b'\\xff')": 11,
    "RANGE_BUCKET(20, [0, 10, 20, 30])": 3,
    "ACOS(1) + ASIN(0) + ROUND(COT(1), 3)": 0.642,
}
ERRORS = {
    "SQRT(-1)": "Argument to SQRT cannot be negative",
    "LN(0)": "LN",
    "LOG(-1)": "LOG",
    "POW(0, -1)": "POW",
    "EXP(1000)": "EXP",
    "ACOS(2)": "ACOS",
    "DIV(1, 0)": "division by zero",
    "MOD(1, 0)": "division by zero",
}
test_values, test_errors = table_tests(VALUES, ERRORS)
