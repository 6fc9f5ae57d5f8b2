"""The dialect: functions of the table stay calls, and their types are known."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types

from localcloud.services.bigquery.dialect import to_engine
from localcloud.services.bigquery.googlesql import DIALECT


@pytest.mark.parametrize(
    ("expression", "sql"),
    [
        ("DATE_TRUNC(t.d, WEEK(MONDAY))", "gs_date_trunc(t.d, 'WEEK1')"),
        ("DATE_TRUNC(t.d, ISOWEEK)", "gs_date_trunc(t.d, 'WEEK1')"),
        ("substr(t.s, 1)", "gs_substr(t.s, 1)"),
        ("DATE_TRUNC('2026-01-01', WEEK)", "gs_date_trunc(gs_to_date('2026-01-01'), 'WEEK0')"),
    ],
)
def test_calls_stay_as_they_are_written(expression: str, sql: str) -> None:
    assert to_engine(sqlglot.parse_one(expression, dialect=DIALECT)) == sql


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("SUBSTR(b'a', 1)", "BYTES"),
        ("ROUND(NUMERIC '1')", "NUMERIC"),
        ("ROUND(1)", "FLOAT64"),
        ("MOD(1, 2)", "INT64"),
        ("SAFE_DIVIDE(1, 2)", "FLOAT64"),
        ("ARRAY_FIRST(['a'])", "STRING"),
        ("GENERATE_ARRAY(1, 2.5)", "ARRAY<FLOAT64>"),
        ("JSON_QUERY_ARRAY(JSON '1')", "ARRAY<JSON>"),
    ],
)
def test_types(expression: str, kind: str) -> None:
    query = annotate_types(sqlglot.parse_one(f"SELECT {expression}", dialect=DIALECT), dialect=DIALECT)
    assert isinstance(query, exp.Query)
    (found,) = query.selects
    assert found.type is not None
    assert found.type.sql(DIALECT) == kind
