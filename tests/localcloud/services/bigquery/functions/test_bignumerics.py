"""BIGNUMERIC, as far as it is held here."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.localcloud.services.bigquery.functions.evaluation import table_tests

VALUES: dict[str, Any] = {
    "BIGNUMERIC '1.000000000000000001' * 3": Decimal("3.000000000000000003"),
    "BIGNUMERIC '1' / 4": Decimal("0.25"),
    "CAST(1.234567890123456789 AS BIGNUMERIC)": Decimal("1.234567890123456789"),
    "CAST(BIGNUMERIC '1.00000000001' AS STRING)": "1.00000000001",
    "BIGNUMERIC '1.00000000001' + 1.5": Decimal("2.50000000001"),
    "(SELECT AVG(x) FROM UNNEST([BIGNUMERIC '1', 2]) AS x)": Decimal("1.5"),
    "CAST(BIGNUMERIC '2.5' AS INT64)": 3,
}
ERRORS = {
    "BIGNUMERIC '1.0000000000000000001'": "18 after the point is not supported here",
    "BIGNUMERIC '123456789012345678901'": "more than 20 digits before",
    "BIGNUMERIC '1' / 3": "18 after the point is not supported here",
    "BIGNUMERIC 'x'": "Invalid BIGNUMERIC value: x",
    "ROUND(BIGNUMERIC '1.25', 1)": "ROUND of a BIGNUMERIC is not supported here",
    "FORMAT('%t', BIGNUMERIC '1')": "FORMAT of a BIGNUMERIC is not supported here",
}
test_values, test_errors = table_tests(VALUES, ERRORS)
