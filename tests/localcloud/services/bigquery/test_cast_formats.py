"""CAST with FORMAT of columns, whose format is one too."""

from __future__ import annotations

from tests.localcloud.services.bigquery.queries import answer


def test_a_format_may_be_a_column() -> None:
    source = "UNNEST([STRUCT(DATE '2026-01-04' AS d, 'YYYY' AS form), (DATE '2026-02-04', 'MM')])"
    assert sorted(answer(f"SELECT CAST(d AS STRING FORMAT form) FROM {source}")) == [("02",), ("2026",)]
    assert answer("SELECT CAST(DATE '2026-01-04' AS STRING FORMAT 'Y' || 'YYY')") == [("2026",)]
