"""DATE_BUCKET, DATETIME_BUCKET and TIMESTAMP_BUCKET.

source: docs.cloud.google.com/bigquery/docs/reference/standard-sql/time-series-functions
"""

from __future__ import annotations

from localcloud.services.bigquery.functions.function import Function, sql

ORIGIN = "1950-01-01"
"""Where buckets begin if the query doesn't say."""
WRONG = "CAST(gs_raise('A bucket must be of a positive number of months, or of none, not of ' || width) AS TIMESTAMP)"


def _buckets(kind: str, to_clock: str, back: str, zone: str = "") -> str:
    """Overloads of a function of `kind`, with what makes a DATETIME of it and the reverse."""
    x, o = to_clock.format("x"), to_clock.format("o")
    first = to_clock.format(f"CAST('{ORIGIN}{zone}' AS {kind})")
    return f"""(x {kind}, width INTERVAL) AS {back.format(f"gs_clock_bucket({x}, width, {first})")},
               (x {kind}, width INTERVAL, o {kind}) AS {back.format(f"gs_clock_bucket({x}, width, {o})")}"""


BUCKETS = f"""{_buckets("DATE", "CAST({} AS TIMESTAMP)", "CAST({} AS DATE)")}, {_buckets("TIMESTAMP", "{}", "{}")},
    {_buckets("TIMESTAMPTZ", "timezone('UTC', {})", "timezone('UTC', {})", zone=" 00:00:00+00")}"""
FUNCTIONS: dict[str, Function] = {
    f"{kind}_BUCKET": sql(0, BUCKETS, texts={0: kind, 2: kind}) for kind in ("DATE", "DATETIME", "TIMESTAMP")
} | {
    "clock_bucket": sql(
        "DATETIME",
        f"""(x, width, o) AS CASE
            WHEN gs_months_of(width) = 0 AND gs_micros_of(width) > 0
            THEN make_timestamp(epoch_us(o) + gs_floored(epoch_us(x) - epoch_us(o), gs_micros_of(width)))
            WHEN gs_months_of(width) > 0 AND gs_micros_of(width) = 0
            THEN gs_month_bucket(x, o, gs_months_of(width), gs_floored(date_diff('month', o, x), gs_months_of(width)))
            WHEN width IS NOT NULL AND x IS NOT NULL AND o IS NOT NULL THEN {WRONG} END""",
    ),
    "month_bucket": sql(
        "DATETIME",
        """(x, o, months, since) AS
           o + to_months(CAST(since - CASE WHEN o + to_months(CAST(since AS INTEGER)) > x THEN months ELSE 0 END
           AS INTEGER))""",
    ),
    "floored": sql("INT64", "(x, width) AS x - (x % nullif(width, 0) + width) % nullif(width, 0)"),
    "months_of": sql("INT64", "(i) AS datepart('year', i) * 12 + datepart('month', i)"),
    "micros_of": sql(
        "INT64",
        """(i) AS datepart('day', i) * 86400000000 + datepart('hour', i) * 3600000000
           + datepart('minute', i) * 60000000 + datepart('microsecond', i)""",
    ),
}
