"""ORDER BY of FLOAT64: NULL, NaN, numbers."""

from __future__ import annotations

import pytest

from localcloud.services.common import GoogleError
from tests.localcloud.services.bigquery.queries import answer

VALUES = "UNNEST([1.0, CAST('nan' AS FLOAT64), NULL, CAST('-inf' AS FLOAT64)]) AS x"
RISING = ["None", "nan", "-inf", "1.0"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"SELECT x FROM {VALUES} ORDER BY x", RISING),
        (f"SELECT x FROM {VALUES} ORDER BY x DESC", RISING[::-1]),
        (f"SELECT x FROM {VALUES} ORDER BY x NULLS LAST", [*RISING[1:], "None"]),
        (f"SELECT DISTINCT x AS y FROM {VALUES} ORDER BY 1", RISING),
        (f"SELECT x + 0, COUNT(*) FROM {VALUES} GROUP BY x ORDER BY x + 0", RISING),
        ("SELECT 1.5 AS x UNION ALL SELECT CAST('nan' AS FLOAT64) ORDER BY x", ["nan", "1.5"]),
        ("SELECT 1.5 AS x UNION ALL (SELECT CAST('nan' AS FLOAT64)) ORDER BY 1 DESC", ["1.5", "nan"]),
        (f"SELECT e FROM UNNEST((SELECT ARRAY_AGG(x ORDER BY x) FROM {VALUES})) AS e WITH OFFSET o ORDER BY o", RISING),
        (f"SELECT e FROM UNNEST(ARRAY(SELECT x FROM {VALUES} ORDER BY x)) AS e WITH OFFSET o ORDER BY o", RISING),
    ],
)  # fmt: skip
def test_nan_is_between_null_and_numbers(query: str, expected: list[str]) -> None:
    assert [str(row[0]) for row in answer(query)] == expected


def test_ranks() -> None:
    ranks = {str(x): rank for x, rank in answer(f"SELECT x, RANK() OVER (ORDER BY x) FROM {VALUES}")}
    assert ranks == {"None": 1, "nan": 2, "-inf": 3, "1.0": 4}


def test_frames_by_range_keep_their_one_key() -> None:
    sums = "SUM(x) OVER (ORDER BY x RANGE BETWEEN 1 PRECEDING AND CURRENT ROW)"
    assert answer(f"SELECT {sums} FROM UNNEST([1.0, 2.0, 4.0]) AS x ORDER BY 1") == [(1.0,), (3.0,), (4.0,)]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (f"SELECT SUM(x) OVER (ORDER BY x RANGE 1 PRECEDING) FROM {VALUES}", "RANGE with numbers is not supported"),
        ("SELECT x FROM UNNEST([STRUCT([1] AS a)]) AS x ORDER BY x.a", "type ARRAY"),
    ],
)
def test_refusals(query: str, said: str) -> None:
    with pytest.raises(GoogleError, match=said):
        answer(query)
