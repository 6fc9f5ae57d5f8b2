"""FORMAT."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.services.common import GoogleError
from tests.localcloud.services.bigquery.functions.evaluation import values

VALUES: dict[str, Any] = {
    "FORMAT('%d km, %05.1f %s %t %T', 3, 2.25, 'x', DATE '2026-01-02', 'q')": '3 km, 002.2 x 2026-01-02 "q"',
    'FORMAT("%\'d%%", 1234567)': "1,234,567%",
    "FORMAT('%t', CAST(NULL AS STRING))": "NULL",
    "FORMAT('%s', CAST(NULL AS STRING))": None,
}
ERRORS = {
    "FORMAT('%d', 1, 2)": "takes 1 arguments, not 2",
}


@pytest.mark.parametrize("expression", VALUES)
def test_values(expression: str) -> None:
    assert values(*VALUES)[expression] == VALUES[expression]


@pytest.mark.parametrize("expression", ERRORS)
def test_errors(expression: str) -> None:
    with pytest.raises(GoogleError, match=ERRORS[expression]):
        values(expression)
