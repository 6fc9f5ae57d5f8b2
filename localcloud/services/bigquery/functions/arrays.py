"""Functions of arrays.

source: cloud.google.com/bigquery/docs/reference/standard-sql/array_functions
"""

from __future__ import annotations

from localcloud.services.bigquery.functions.function import Function, sql

ZERO_STEP = "gs_error('Sequence step cannot be 0.')"
FUNCTIONS: dict[str, Function] = {
    "ARRAY_FIRST": sql(
        "ELEMENT",
        "(a) AS CASE WHEN len(a) = 0 THEN a[1 + CAST(gs_error('ARRAY_FIRST cannot get the first element of an empty array') AS BIGINT)] ELSE a[1] END",
    ),
    "ARRAY_LAST": sql(
        "ELEMENT",
        "(a) AS CASE WHEN len(a) = 0 THEN a[1 + CAST(gs_error('ARRAY_LAST cannot get the last element of an empty array') AS BIGINT)] ELSE a[-1] END",
    ),
    "ARRAY_SLICE": sql(
        0,
        """(a, first, last) AS a[CASE WHEN first < 0 THEN greatest(len(a) + first, 0) ELSE first END + 1 :
                                 CASE WHEN last < 0 THEN len(a) + last ELSE last END + 1]""",
    ),
    "ARRAY_REVERSE": sql(0, "(a) AS list_reverse(a)"),
    "ARRAY_LENGTH": sql("INT64", "(a) AS CAST(len(a) AS BIGINT)"),
    "ARRAY_TO_STRING": sql(
        "STRING",
        """(a VARCHAR[], by) AS CASE WHEN a IS NOT NULL AND by IS NOT NULL THEN coalesce(list_aggregate(a, 'string_agg', by), '') END,
           (a VARCHAR[], by, filler) AS CASE WHEN a IS NOT NULL AND by IS NOT NULL AND filler IS NOT NULL THEN coalesce(list_aggregate(
           list_transform(a, lambda x: coalesce(x, filler)), 'string_agg', by), '') END""",
    ),
    "GENERATE_ARRAY": sql(
        "ARRAY<SUM>",
        f"""(low BIGINT, high BIGINT) AS generate_series(low, high),
            (low BIGINT, high BIGINT, step BIGINT) AS generate_series(low, high, CASE WHEN step = 0 THEN {ZERO_STEP}::BIGINT ELSE step END),
            (low DOUBLE, high DOUBLE) AS gs_generate_array(low, high, 1::DOUBLE),
            (low DOUBLE, high DOUBLE, step DOUBLE) AS list_transform(generate_series(0, CASE WHEN step = 0 THEN {ZERO_STEP}::BIGINT
            ELSE CAST(floor((high - low) / step) AS BIGINT) END), lambda i: low + i * step)""",
    ),
    "GENERATE_DATE_ARRAY": sql(
        "ARRAY<DATE>",
        """(low, high) AS gs_dates(low, high, INTERVAL 1 DAY), (low, high, step) AS gs_dates(low, high, step)""",
    ),
    "dates": sql("ARRAY<DATE>", "(low, high, step) AS list_transform(generate_series(CAST(low AS TIMESTAMP), CAST(high AS TIMESTAMP), step), lambda t: CAST(t AS DATE))"),
    "GENERATE_TIMESTAMP_ARRAY": sql("ARRAY<TIMESTAMP>", "(low, high, step) AS generate_series(low, high, step)"),
}  # fmt: skip
