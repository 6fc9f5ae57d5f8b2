"""Errors in BigQuery's words, with the position in the query."""

from __future__ import annotations

import duckdb
import pytest
import sqlglot
from sqlglot.errors import SqlglotError

from localcloud.services.bigquery.errors import of_duckdb, of_sqlglot


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT 1 FROM t\nWHERE (x", "Syntax error: Expecting ) at [2:8]"),
        ("SELECT 'x", "Syntax error: Error tokenizing 'SELECT"),
    ],
)
def test_what_the_parser_says_has_a_place(query: str, said: str) -> None:
    with pytest.raises(SqlglotError) as caught:
        sqlglot.parse_one(query, read="bigquery")
    error = of_sqlglot(caught.value)
    assert (error.code, error.reason) == (400, "invalidQuery")
    assert error.message.startswith(said)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT nope(1)", "Function not found: NOPE"),
        ("SELECT error('it is wrong')", "it is wrong"),
        ("SELECT 'x'::INTEGER", "Could not convert string 'x' to INT32"),
    ],
)
def test_what_the_engine_says_is_one_line(query: str, said: str) -> None:
    with duckdb.connect() as engine, pytest.raises(duckdb.Error) as caught:
        engine.execute(query)
    error = of_duckdb(caught.value)
    assert (error.code, error.reason) == (400, "invalidQuery")
    assert error.message.startswith(said)
    assert "\n" not in error.message
