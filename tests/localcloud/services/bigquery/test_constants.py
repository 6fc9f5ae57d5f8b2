"""NULL as it is written, and arguments that must be constants."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.services.common import GoogleError
from tests.localcloud.services.bigquery.queries import answer

ROWS = "FROM UNNEST([1, 2]) AS x"
NO_NUMBER = {"name": "n", "parameterType": {"type": "INT64"}, "parameterValue": {}}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT 1 + NULL", "Operands of + cannot be literal NULL"),
        ("SELECT NOT NULL", "Operands of NOT cannot be literal NULL"),
        (f"SELECT LAG(x, -1) OVER (ORDER BY x) {ROWS}", "offset to the function LAG cannot be negative"),
        (f"SELECT LEAD(x, @n) OVER (ORDER BY x) {ROWS}", "offset to the function LEAD must not be NULL"),
        (f"SELECT LAG(x, 1, x) OVER (ORDER BY x) {ROWS}", "to LAG must be constant"),
        (f"SELECT NTH_VALUE(x, 0) OVER (ORDER BY x) {ROWS}", "NTH_VALUE function cannot be 0 or less"),
        (f"SELECT NTILE(@n) OVER (ORDER BY x) {ROWS}", "NTILE function must not be NULL"),
        (f"SELECT APPROX_TOP_COUNT(x, 100001) {ROWS}", "cannot be greater than 100000"),
        (f"SELECT STRING_AGG('a', NULL) {ROWS}", "Argument 2 to STRING_AGG must be non-NULL"),
        (f"SELECT x {ROWS} LIMIT @n", "count of LIMIT must not be NULL"),
        (f"SELECT ROW_NUMBER() OVER w {ROWS} WINDOW v AS (ROWS 1 PRECEDING), w AS (v)", "not allowed for analytic"),
    ],
)
def test_refusals(query: str, said: str) -> None:
    with pytest.raises(GoogleError) as raised:
        answer(query, NO_NUMBER)
    assert said in raised.value.message


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT 1 + CAST(NULL AS INT64), NULL IS NULL, NULL AND FALSE", [(None, True, False)]),
        (f"SELECT LAG(x, 1, -1) OVER (ORDER BY x) {ROWS} ORDER BY 1", [(-1,), (1,)]),
        (f"SELECT SUM(x) OVER (ROWS 0 PRECEDING) {ROWS} ORDER BY 1", [(1,), (2,)]),
    ],
)
def test_what_is_allowed(query: str, expected: list[tuple[Any, ...]]) -> None:
    assert answer(query) == expected
