"""Functions of arrays.

source: cloud.google.com/bigquery/docs/reference/standard-sql/array_functions
"""

from __future__ import annotations

from localcloud.services.bigquery.functions.function import Function, sql


def _end(name: str, which: str, place: int) -> str:
    said = f"{name} cannot get the {which} element of an empty array"
    return f"(a) AS a[CASE WHEN len(a) = 0 THEN CAST(gs_raise('{said}') AS BIGINT) ELSE {place} END]"


ZERO_STEP = "gs_raise('Sequence step cannot be 0.')"
STEP = f"CASE WHEN step = INTERVAL 0 DAY THEN CAST({ZERO_STEP} AS INTERVAL) ELSE step END"
FUNCTIONS: dict[str, Function] = {
    "element": sql(
        "ELEMENT",
        """(a, i, first) AS a[1 - first + CASE WHEN i < first OR i >= len(a) + first THEN CAST(gs_raise(
           'Array index ' || i || ' is out of bounds (use SAFE_OFFSET or SAFE_ORDINAL)') AS BIGINT) ELSE i END]""",
    ),
    "ARRAY_FIRST": sql("ELEMENT", _end("ARRAY_FIRST", "first", 1)),
    "ARRAY_LAST": sql("ELEMENT", _end("ARRAY_LAST", "last", -1)),
    "ARRAY_SLICE": sql(
        0,
        """(a, first, last) AS a[CASE WHEN first < 0 THEN greatest(len(a) + first, 0) ELSE first END + 1 :
                                 CASE WHEN last < 0 THEN greatest(len(a) + last, -1) ELSE last END + 1]""",
    ),
    "ARRAY_REVERSE": sql(0, "(a) AS list_reverse(a)"),
    "ARRAY_LENGTH": sql("INT64", "(a) AS CAST(len(a) AS BIGINT)"),
    "ARRAY_TO_STRING": sql(
        "STRING",
        """(a VARCHAR[], sep) AS CASE WHEN a IS NOT NULL AND sep IS NOT NULL THEN coalesce(list_aggregate(a,
           'string_agg', sep), '') END,
           (a VARCHAR[], sep, filler) AS CASE WHEN a IS NOT NULL AND sep IS NOT NULL AND filler IS NOT NULL THEN
           coalesce(list_aggregate(
           list_transform(a, lambda x: coalesce(x, filler)), 'string_agg', sep), '') END""",
    ),
    "GENERATE_ARRAY": sql(
        "ARRAY<SUM>",
        f"""(low BIGINT, high BIGINT) AS generate_series(low, high),
            (low BIGINT, high BIGINT, step BIGINT) AS generate_series(low, high, CASE WHEN step = 0 THEN
            {ZERO_STEP}::BIGINT ELSE step END),
            (low DOUBLE, high DOUBLE) AS gs_doubles(low, high, 1),
            (low DOUBLE, high DOUBLE, step DOUBLE) AS gs_doubles(low, high, step)""",
    ),
    "doubles": sql(
        "ARRAY<FLOAT64>",
        f"""(low, high, step) AS list_transform(generate_series(0, CASE WHEN step = 0 THEN {ZERO_STEP}::BIGINT
            ELSE CAST(floor((high - low) / step) AS BIGINT) END), lambda i: low + i * step)""",
    ),
    "GENERATE_DATE_ARRAY": sql(
        "ARRAY<DATE>",
        """(low DATE, high DATE) AS gs_dates(low, high, INTERVAL 1 DAY),
           (low DATE, high DATE, step INTERVAL) AS gs_dates(low, high, step)""",
        texts={0: "DATE", 1: "DATE"},
    ),
    "dates": sql(
        "ARRAY<DATE>",
        f"""(low DATE, high DATE, step INTERVAL) AS list_transform(generate_series(CAST(low AS TIMESTAMP), CAST(high
            AS TIMESTAMP), {STEP}), lambda t: CAST(t AS DATE))""",
    ),
    "GENERATE_TIMESTAMP_ARRAY": sql(
        "ARRAY<TIMESTAMP>",
        f"(low TIMESTAMPTZ, high TIMESTAMPTZ, step INTERVAL) AS generate_series(low, high, {STEP})",
        texts={0: "TIMESTAMP", 1: "TIMESTAMP"},
    ),
}  # fmt: skip
