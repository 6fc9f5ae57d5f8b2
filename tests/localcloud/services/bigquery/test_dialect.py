"""Expressions have GoogleSQL's meaning on DuckDB."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from google.api_core.exceptions import BadRequest
from google.cloud import bigquery

from tests.localcloud.services.bigquery.functions.evaluation import row
from tests.localcloud.services.bigquery.queries import failure_of, rows


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("TIMESTAMP_DIFF(TIMESTAMP '2026-01-01 02:20:00', TIMESTAMP '2026-01-01 00:30:00', HOUR)", 1),
        ("EXTRACT(DAYOFWEEK FROM DATE '2026-01-04')", 1),
        ("EXTRACT(MICROSECOND FROM TIMESTAMP '2026-01-01 00:00:05.25')", 250_000),
        ("EXTRACT(ISOWEEK FROM DATE '2026-01-01')", 1),
        ("DATE_TRUNC(DATE '2026-01-07', WEEK)", datetime.date(2026, 1, 4)),
        ("SAFE_DIVIDE(1, 0)", None),
        ("SAFE.SUBSTR(CONCAT('a', 'b'), 1, -1)", None),
        ("(SELECT SAFE_CAST(MAX(x) AS INT64) FROM UNNEST(['a']) AS x)", None),
        ("CURRENT_TIME('+01:00') = CURRENT_TIME('-01:00')", False),
        ("CURRENT_DATE('+09:00') = DATE(CURRENT_TIMESTAMP(), 'Asia/Tokyo')", True),
        ("MOD(7, 3) + DIV(7, 2)", 4),
        ("FORMAT('%d km', 3)", "3 km"),
        ("ARRAY(SELECT x FROM UNNEST([3, 1, 2]) AS x ORDER BY x)", [1, 2, 3]),
        ("(SELECT ARRAY_AGG(x ORDER BY x DESC LIMIT 2) FROM UNNEST([3, 1, 2]) AS x)", [3, 2]),
        ("2 IN UNNEST([1, 2])", True),
        ("[10, 20][OFFSET(1)]", 20),
        ("REGEXP_EXTRACT('drive-42', r'[0-9]+')", "42"),
        ("IFNULL(NULL, 'x') || COALESCE(NULL, 'y')", "xy"),
        ("1 / 4", 0.25),
        ("FORMAT_TIMESTAMP('%F %T', TIMESTAMP '2026-01-01 00:00:05')", "2026-01-01 00:00:05"),
        ("FORMAT_TIMESTAMP('%F %H', TIMESTAMP '2026-07-01 23:00:05', 'Europe/Berlin')", "2026-07-02 01"),
        ("PARSE_TIMESTAMP('%F %H', '2026-01-02 01', 'Europe/Berlin') = TIMESTAMP '2026-01-02 00:00:00'", True),
        ("DATE_FROM_UNIX_DATE(1)", datetime.date(1970, 1, 2)),
        ("CAST(1.0 AS STRING) || ' ' || CAST(1.50 AS STRING) || ' ' || CAST(-0.0 AS STRING)", "1 1.5 0"),
        ("[10, 20][SAFE_OFFSET(2)]", None),
        ("[10, 20][SAFE_ORDINAL(2)]", 20),
        ("SPLIT('a/b', '/')[ORDINAL(2)]", "b"),
        ("ARRAY(SELECT o FROM UNNEST([30, 40]) AS x WITH OFFSET AS o WHERE o > 0 ORDER BY o)", [1]),
        ("FORMAT('%d', CAST(EXTRACT(DAYOFWEEK FROM DATE '2026-01-04') AS INT64))", "1"),
    ],
)
def test_expressions_have_bigquerys_meaning(client: bigquery.Client, expression: str, value: Any) -> None:
    assert rows(client, f"SELECT {expression}") == [(value,)]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT 1 / 0", "division by zero"),
        ("SELECT SAFE_CAST(1 / 0 AS INT64)", "division by zero"),
        ("SELECT SAFE.SUBSTR('abc', DIV(1, 0))", "division by zero"),
        ("SELECT [10, 20][OFFSET(2)]", "Array index 2 is out of bounds"),
        ("SELECT [10, 20][ORDINAL(0)]", "Array index 0 is out of bounds"),
        (
            "SELECT SUM(x) AS total FROM UNNEST([9223372036854775807, 1]) AS x",
            "integer overflow: 9223372036854775808 does not fit INT64",
        ),
    ],
)
def test_queries_that_fail_on_their_data(client: bigquery.Client, query: str, said: str) -> None:
    job = client.query(query)
    with pytest.raises(BadRequest, match=said):
        job.result()
    assert failure_of(client, job) == "invalidQuery"


PAIRS = "UNNEST([STRUCT('a' AS x, 1 AS y), ('a', 2)])"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"SELECT ROUND(AVG(y), 1), LENGTH(STRING_AGG(x)) FROM {PAIRS}", (1.5, 3)),
        (
            f"SELECT x, CAST(SUM(y) AS STRING) FROM {PAIRS} GROUP BY x HAVING ROUND(SUM(y), 1) > 1 ORDER BY LENGTH(x)",
            ("a", "3"),
        ),
        (f"SELECT LENGTH(x) AS l, COUNT(*) AS n FROM {PAIRS} GROUP BY l ORDER BY ROUND(n)", (1, 2)),
        (f"SELECT y FROM {PAIRS} WHERE TRUE QUALIFY ROUND(SUM(y) OVER (ORDER BY y)) = 3", (2,)),
        (f"SELECT ROUND(SAFE_DIVIDE(SUM(y), COUNT(*)), 1), FORMAT('%.1f', AVG(y)) FROM {PAIRS}", (1.5, "1.5")),
        (f"SELECT DATE(MAX(TIMESTAMP_SECONDS(y))) FROM {PAIRS}", (datetime.date(1970, 1, 1),)),
    ],
)
def test_functions_of_aggregations_and_windows(query: str, expected: tuple[Any, ...]) -> None:
    assert row(query) == expected
