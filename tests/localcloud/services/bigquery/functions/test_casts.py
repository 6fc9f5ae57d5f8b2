"""CAST from each type to each other."""

from __future__ import annotations

import math
from datetime import UTC, date
from datetime import datetime as moment
from decimal import Decimal
from typing import Any

from tests.localcloud.services.bigquery.functions.evaluation import table_tests

VALUES: dict[str, Any] = {
    "CAST(NUMERIC '1.50' AS STRING)": "1.5",
    "[CAST(2.5 AS INT64), CAST(-2.5 AS INT64), CAST('0x1F' AS INT64), CAST(TRUE AS INT64)]": [3, -3, 31, 1],
    "SAFE_CAST('1.5' AS INT64)": None,
    "[CAST(1.0 AS STRING), CAST(1e20 AS STRING), CAST(-0.0 AS STRING)]": ["1", "1e+20", "0"],
    "CAST(' 1e3 ' AS FLOAT64)": 1000.0,
    "CAST('inf' AS FLOAT64)": math.inf,
    "CAST('1.0000000005' AS NUMERIC)": Decimal("1.000000001"),
    "CAST('TRUE' AS BOOL)": True,
    "CAST(b'\\xe2\\x82\\xac' AS STRING)": "€",
    "LENGTH(CAST(r'\\x41' AS BYTES))": 4,
    "CAST(DATETIME '2026-01-05 01:02:03.100' AS STRING)": "2026-01-05 01:02:03.100",
    "CAST('2026-1-5 1:02:03+05:30' AS TIMESTAMP)": moment(2026, 1, 4, 19, 32, 3, tzinfo=UTC),
    "CAST(TIMESTAMP '2026-01-05 01:02:03+00' AS DATE)": date(2026, 1, 5),
    "CAST(DATE '2026-01-02' AS STRING FORMAT 'YYYY/MM/DD')": "2026/01/02",
    "CAST('2026/01/02' AS DATE FORMAT 'YYYY/MM/DD')": date(2026, 1, 2),
    "IF(TRUE, NUMERIC '1', 2)": Decimal(1),
    "[NUMERIC '1', 1.000000001]": [Decimal(1), Decimal("1.000000001")],
}
ERRORS = {
    "CAST(123456 AS STRING(5))": "maximum length 5 but got a value with length 6",
    "CAST(b'abc' AS BYTES(2))": "maximum length 2",
    "CAST(['a'] AS ARRAY<STRING(2)>)": "within a type is not supported here",
    "CAST(9223372036854775754.5 AS INT64)": "out of range",
    "CAST('x' AS INT64)": "Bad int64 value: x",
    "CAST('1_0' AS FLOAT64)": "Bad double value",
    "CAST(IEEE_DIVIDE(1, 0) AS INT64)": "Illegal conversion",
    "CAST(b'\\xff' AS STRING)": "Invalid cast of bytes to UTF8 string",
    "CAST('2026-02-30' AS DATE)": "2026-02-30",
}
test_values, test_errors = table_tests(VALUES, ERRORS)
