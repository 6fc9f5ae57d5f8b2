"""Comparisons with NaN."""

from __future__ import annotations

import pytest
from google.cloud import bigquery

from tests.localcloud.services.bigquery.queries import rows


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("x = x", False),
        ("x != x", True),
        ("x > 1", False),
        ("x >= 1", False),
        ("1 < x", False),
        ("x < 1", False),
        ("x <= x", False),
        ("NOT (x > 1)", True),
        ("x BETWEEN 0 AND x", False),
        ("x IN (1.5, x)", False),
        ("x BETWEEN 1 AND nothing", False),
        ("CASE x WHEN x THEN TRUE END", None),
        ("NULLIF(x, x) IS NULL", False),
        ("x > nothing", None),
        ("x != nothing", None),
        ("one > 0.5", True),
        ("one < x", False),
    ],
)
def test_nothing_compares_with_nan(client: bigquery.Client, expression: str, value: bool | None) -> None:
    table = "(SELECT CAST('NaN' AS FLOAT64) AS x, 1.0 AS one, CAST(NULL AS FLOAT64) AS nothing)"
    assert rows(client, f"SELECT {expression} FROM {table}") == [(value,)]


def test_rows_with_nan_join_with_none(client: bigquery.Client) -> None:
    query = """WITH t AS (SELECT x FROM UNNEST([1.5, CAST('NaN' AS FLOAT64)]) AS x)
               SELECT a.x FROM t AS a JOIN t AS b ON a.x = b.x"""
    assert rows(client, query) == [(1.5,)]
