"""The arithmetic of each type."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from localcloud.services.common import GoogleError
from tests.localcloud.services.bigquery.functions.evaluation import values

VALUES: dict[str, Any] = {
    "NUMERIC '1.5' * 2": Decimal(3),
    "NUMERIC '1' / 3": Decimal("0.333333333"),
}
ERRORS = {
    "1e300 / 1e-300": "beyond the range of FLOAT64",
    "NUMERIC '1' / 0": "division by zero",
    "NUMERIC '99999999999999999999999999999' * 10": "numeric overflow",
}


@pytest.mark.parametrize("expression", VALUES)
def test_values(expression: str) -> None:
    assert values(*VALUES)[expression] == VALUES[expression]


@pytest.mark.parametrize("expression", ERRORS)
def test_errors(expression: str) -> None:
    with pytest.raises(GoogleError, match=ERRORS[expression]):
        values(expression)
