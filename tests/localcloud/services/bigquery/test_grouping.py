"""What a query groups by."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core.exceptions import BadRequest
from google.cloud import bigquery

from tests.localcloud.services.bigquery.queries import rows

ROWS = "(SELECT 1 AS k, 2 AS v UNION ALL SELECT 1, 5)"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"SELECT k, SUM(v) FROM {ROWS} GROUP BY ALL", [(1, 7)]),
        (f"SELECT k + 1, COUNT(*) * 2, 'x' FROM {ROWS} GROUP BY ALL", [(2, 4, "x")]),
        (f"SELECT 'a' FROM {ROWS} GROUP BY ALL", [("a",)]),
        (f"SELECT k, SUM(v) AS s FROM {ROWS} GROUP BY ALL HAVING s > 7", []),
        (f"SELECT v, ROW_NUMBER() OVER (ORDER BY v) AS n FROM {ROWS} GROUP BY ALL QUALIFY n = 2", [(5, 2)]),
        (f"SELECT k, v, COUNT(*) FROM {ROWS} GROUP BY GROUPING SETS ((1, 2), 1, ())", [
            (None, None, 2), (1, None, 2), (1, 2, 1), (1, 5, 1),
        ]),
        (f"SELECT k, 1 FROM {ROWS} GROUP BY GROUPING SETS (k, 2, 1)", [(None, 1), (1, None), (1, None)]),
        (f"SELECT v, 7 FROM {ROWS} GROUP BY ROLLUP (1, 2)", [(None, None), (2, None), (2, 7), (5, None), (5, 7)]),
        (f"SELECT k, COUNT(*) FROM {ROWS} GROUP BY CUBE (1)", [(None, 2), (1, 2)]),
    ],
)  # fmt: skip
def test_groups(client: bigquery.Client, query: str, expected: list[tuple[Any, ...]]) -> None:
    order = lambda row: [(value is not None, value) for value in row]  # noqa: E731
    assert sorted(rows(client, query), key=order) == expected


def test_sets_of_a_column_and_its_expression_are_refused(client: bigquery.Client) -> None:
    with pytest.raises(BadRequest, match="of an expression of it are not supported"):
        rows(client, f"SELECT k, k + 1 FROM {ROWS} GROUP BY ROLLUP (k, k + 1)")
