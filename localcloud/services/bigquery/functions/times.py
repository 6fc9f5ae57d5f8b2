"""Functions of DATE, TIME, DATETIME and TIMESTAMP. In the engine a DATETIME is a TIMESTAMP, a TIMESTAMP a TIMESTAMPTZ.

A part of a date comes as text: WEEK0 to WEEK6 are weeks that begin on Sunday to Saturday.
source: cloud.google.com/bigquery/docs/reference/standard-sql/date_functions, datetime_, time_ and timestamp_functions
"""

from __future__ import annotations

from localcloud.services.bigquery.functions.function import Function, python, sql
from localcloud.services.bigquery.functions.time_formats import formatted
from localcloud.services.bigquery.functions.time_parsing import (
    parsed_date,
    parsed_datetime,
    parsed_time,
    parsed_timestamp,
)

DAYS_PAST = "((dayofweek({0}) - CAST(right(part, 1) AS BIGINT) + 7) % 7)"
"""Days since a week's first day."""
WHOLE = "CASE WHEN part IN ('YEAR', 'QUARTER', 'MONTH', 'DAY', 'HOUR', 'MINUTE', 'SECOND', 'MILLISECOND') THEN part ELSE 'MICROSECOND' END"
UP_TO_DAY = "(part LIKE 'WEEK_' OR part IN ('ISOYEAR', 'YEAR', 'QUARTER', 'MONTH', 'DAY'))"
TRUNCATED = f"""
    (x DATE, part) AS CASE WHEN part LIKE 'WEEK_' THEN x - CAST({DAYS_PAST.format("x")} AS INTEGER)
    WHEN part = 'ISOYEAR' THEN CAST(date_trunc('week', make_date(isoyear(x), 1, 4)) AS DATE)
    WHEN NOT {UP_TO_DAY} THEN CAST(gs_error('DATE_TRUNC does not support the ' || part || ' date part') AS DATE)
    ELSE CAST(date_trunc({WHOLE}, x) AS DATE) END,
    (x TIMESTAMP, part) AS CASE WHEN {UP_TO_DAY} THEN CAST(gs_date_trunc(CAST(x AS DATE), part) AS TIMESTAMP)
    ELSE date_trunc({WHOLE}, x) END,
    (x TIMESTAMPTZ, part) AS timezone('UTC', gs_date_trunc(timezone('UTC', x), part)),
    (x TIMESTAMPTZ, part, zone) AS CASE WHEN part IN ('MINUTE', 'SECOND', 'MILLISECOND', 'MICROSECOND')
    THEN gs_date_trunc(x, part) ELSE timezone(gs_zone(zone), gs_date_trunc(timezone(gs_zone(zone), x), part)) END,
    (x TIME, part) AS CAST(date_trunc({WHOLE}, DATE '1970-01-01' + x) AS TIME)"""
UNITS = """CASE part WHEN 'DAY' THEN 86400000000 WHEN 'HOUR' THEN 3600000000 WHEN 'MINUTE' THEN 60000000
           WHEN 'SECOND' THEN 1000000 WHEN 'MILLISECOND' THEN 1000 WHEN 'MICROSECOND' THEN 1
           ELSE CAST(gs_error('TIMESTAMP_DIFF does not support the ' || part || ' date part') AS BIGINT) END"""
DIFFERENCE = f"""
    (x DATE, y DATE, part) AS CASE WHEN part LIKE 'WEEK_' THEN
    date_diff('day', gs_date_trunc(y, part), gs_date_trunc(x, part)) // 7
    WHEN part = 'ISOYEAR' THEN isoyear(x) - isoyear(y) ELSE date_diff({WHOLE}, y, x) END,
    (x TIMESTAMP, y TIMESTAMP, part) AS CASE WHEN part LIKE 'WEEK_' OR part = 'ISOYEAR'
    THEN gs_date_diff(CAST(x AS DATE), CAST(y AS DATE), part) ELSE date_diff({WHOLE}, y, x) END,
    (x TIMESTAMPTZ, y TIMESTAMPTZ, part) AS (epoch_us(x) - epoch_us(y)) // {UNITS},
    (x TIME, y TIME, part) AS date_diff({WHOLE}, DATE '1970-01-01' + y, DATE '1970-01-01' + x)"""


def _moved(sign: str) -> str:
    return f"""(x DATE, by INTERVAL) AS gs_in_range(CAST(x {sign} by AS DATE)),
        (x TIMESTAMP, by INTERVAL) AS gs_in_range(x {sign} by),
        (x TIMESTAMPTZ, by INTERVAL) AS gs_in_range(x {sign} by),
        (x TIME, by INTERVAL) AS CAST(DATE '1970-01-01' + x {sign} by AS TIME)"""


def _from_unix(scale: int) -> str:
    return f"""(x BIGINT) AS CASE WHEN x BETWEEN -62135596800000000 // {scale} AND 253402300799999999 // {scale}
               THEN make_timestamptz(x * {scale}) ELSE CAST(gs_error('Invalid timestamp: ' || x) AS TIMESTAMPTZ) END"""


def _to_unix(scale: int) -> str:
    return f"(x) AS (epoch_us(CAST(x AS TIMESTAMPTZ)) - (epoch_us(CAST(x AS TIMESTAMPTZ)) % {scale} + {scale}) % {scale}) // {scale}"


IN_RANGE = "CASE WHEN year(x) BETWEEN 1 AND 9999 THEN x ELSE CAST(gs_error('date or timestamp out of range') AS {0}) END"
FUNCTIONS: dict[str, Function] = {
    "in_range": sql(0, ", ".join(f"(x {kind}) AS {IN_RANGE.format(kind)}" for kind in ("DATE", "TIMESTAMP", "TIMESTAMPTZ"))),
    "zone": sql("STRING", "(x) AS CASE WHEN x[1] IN ('+', '-') THEN 'GMT' || x ELSE x END"),
    "DATE_TRUNC": sql(0, TRUNCATED, part=1),
    "DATETIME_TRUNC": sql(0, "(x DATE, part) AS gs_date_trunc(CAST(x AS TIMESTAMP), part), (x TIMESTAMP, part) AS gs_date_trunc(x, part)", part=1),
    "TIMESTAMP_TRUNC": sql(0, "(x, part) AS gs_date_trunc(x, part), (x, part, zone) AS gs_date_trunc(x, part, zone)", part=1),
    "TIME_TRUNC": sql(0, "(x, part) AS gs_date_trunc(x, part)", part=1),
    "DATE_DIFF": sql("INT64", DIFFERENCE, part=2),
    "DATETIME_DIFF": sql("INT64", "(x, y, part) AS gs_date_diff(CAST(x AS TIMESTAMP), CAST(y AS TIMESTAMP), part)", part=2),
    "TIMESTAMP_DIFF": sql("INT64", "(x, y, part) AS gs_date_diff(CAST(x AS TIMESTAMPTZ), CAST(y AS TIMESTAMPTZ), part)", part=2),
    "TIME_DIFF": sql("INT64", "(x, y, part) AS gs_date_diff(CAST(x AS TIME), CAST(y AS TIME), part)", part=2),
    "DATE_ADD": sql(0, _moved("+")),
    "DATE_SUB": sql(0, _moved("-")),
    "DATETIME_ADD": sql("DATETIME", "(x, by) AS gs_date_add(CAST(x AS TIMESTAMP), by)"),
    "DATETIME_SUB": sql("DATETIME", "(x, by) AS gs_date_sub(CAST(x AS TIMESTAMP), by)"),
    "TIMESTAMP_ADD": sql("TIMESTAMP", "(x, by) AS gs_date_add(gs_to_timestamp(x), by)"),
    "TIMESTAMP_SUB": sql("TIMESTAMP", "(x, by) AS gs_date_sub(gs_to_timestamp(x), by)"),
    "TIME_ADD": sql("TIME", "(x, by) AS gs_date_add(CAST(x AS TIME), by)"),
    "TIME_SUB": sql("TIME", "(x, by) AS gs_date_sub(CAST(x AS TIME), by)"),
    "extracted": sql(
        "INT64",
        f"""(part, x DATE) AS CAST(CASE WHEN part LIKE 'WEEK_' THEN (dayofyear(x) + 6 - {DAYS_PAST.format("x")}) // 7
            ELSE CASE part WHEN 'YEAR' THEN year(x) WHEN 'MONTH' THEN month(x) WHEN 'DAY' THEN day(x)
            WHEN 'QUARTER' THEN quarter(x) WHEN 'DAYOFWEEK' THEN dayofweek(x) + 1 WHEN 'DAYOFYEAR' THEN dayofyear(x)
            WHEN 'ISOWEEK' THEN weekofyear(x) WHEN 'ISOYEAR' THEN isoyear(x)
            ELSE CAST(gs_error('EXTRACT from DATE does not support the ' || part || ' date part') AS BIGINT) END END AS BIGINT),
            (part, x TIME) AS CAST(CASE part WHEN 'HOUR' THEN hour(x) WHEN 'MINUTE' THEN minute(x)
            WHEN 'SECOND' THEN floor(second(x)) WHEN 'MILLISECOND' THEN millisecond(x) % 1000
            WHEN 'MICROSECOND' THEN microsecond(x) % 1000000 END AS BIGINT),
            (part, x TIMESTAMP) AS CASE WHEN part IN ('HOUR', 'MINUTE', 'SECOND', 'MILLISECOND', 'MICROSECOND')
            THEN gs_extracted(part, CAST(x AS TIME)) ELSE gs_extracted(part, CAST(x AS DATE)) END,
            (part, x TIMESTAMPTZ) AS gs_extracted(part, timezone('UTC', x)),
            (part, x INTERVAL) AS gs_interval_part(part, x)""",
    ),
    "interval_part": sql(
        "INT64",
        """(part, x) AS CASE part WHEN 'YEAR' THEN datepart('year', x) WHEN 'MONTH' THEN datepart('month', x)
           WHEN 'DAY' THEN datepart('day', x) WHEN 'HOUR' THEN datepart('hour', x) WHEN 'MINUTE' THEN datepart('minute', x)
           WHEN 'SECOND' THEN datepart('second', x) WHEN 'MILLISECOND' THEN datepart('millisecond', x) % 1000
           ELSE datepart('microsecond', x) % 1000000 END""",
    ),
    "LAST_DAY": sql(
        "DATE",
        """(x) AS last_day(CAST(x AS DATE)), (x, part) AS CASE WHEN part LIKE 'WEEK_' THEN gs_date_trunc(CAST(x AS DATE), part) + 6
           WHEN part = 'ISOYEAR' THEN CAST(date_trunc('week', make_date(isoyear(CAST(x AS DATE)) + 1, 1, 4)) AS DATE) - 1
           ELSE CAST(gs_date_trunc(CAST(x AS DATE), part) + CASE part WHEN 'YEAR' THEN INTERVAL 1 YEAR
           WHEN 'QUARTER' THEN INTERVAL 3 MONTH ELSE INTERVAL 1 MONTH END AS DATE) - 1 END""",
        part=1,
    ),
    "UNIX_SECONDS": sql("INT64", _to_unix(1_000_000)),
    "UNIX_MILLIS": sql("INT64", _to_unix(1_000)),
    "UNIX_MICROS": sql("INT64", "(x) AS epoch_us(CAST(x AS TIMESTAMPTZ))"),
    "UNIX_DATE": sql("INT64", "(x) AS date_diff('day', DATE '1970-01-01', gs_to_date(x))"),
    "TIMESTAMP_SECONDS": sql("TIMESTAMP", _from_unix(1_000_000)),
    "TIMESTAMP_MILLIS": sql("TIMESTAMP", _from_unix(1_000)),
    "TIMESTAMP_MICROS": sql("TIMESTAMP", _from_unix(1)),
    "DATE_FROM_UNIX_DATE": sql("DATE", "(x BIGINT) AS gs_in_range(DATE '1970-01-01' + CAST(x AS INTEGER))"),
    "DATE": sql(
        "DATE",
        """(x) AS gs_to_date(x), (x TIMESTAMPTZ, zone VARCHAR) AS CAST(timezone(gs_zone(zone), x) AS DATE),
           (y, m, d) AS make_date(y, m, d)""",
    ),
    "DATETIME": sql(
        "DATETIME",
        """(x) AS gs_to_datetime(x), (x TIMESTAMPTZ, zone VARCHAR) AS timezone(gs_zone(zone), x), (x DATE, y TIME) AS x + y,
           (y, m, d, h, i, s) AS make_timestamp(y, m, d, h, i, CAST(s AS DOUBLE))""",
    ),
    "TIME": sql(
        "TIME",
        """(x) AS gs_to_time(x), (x, zone) AS CAST(timezone(gs_zone(zone), x) AS TIME),
           (h, i, s) AS make_time(h, i, CAST(s AS DOUBLE))""",
    ),
    "TIMESTAMP": sql(
        "TIMESTAMP",
        """(x) AS gs_to_timestamp(x), (x VARCHAR, zone) AS gs_timestamp_of(x, zone),
           (x DATE, zone) AS timezone(gs_zone(zone), CAST(x AS TIMESTAMP)), (x TIMESTAMP, zone) AS timezone(gs_zone(zone), x)""",
    ),
    "STRING": sql(
        "STRING",
        """(x JSON) AS gs_json_string(x), (x DATE) AS gs_to_string(x), (x TIMESTAMP) AS gs_to_string(x), (x TIME) AS gs_to_string(x),
           (x TIMESTAMPTZ) AS gs_string(x, 'UTC'), (x TIMESTAMPTZ, zone) AS gs_to_string(timezone(gs_zone(zone), x))
           || gs_formatted('%Ez', epoch_us(x), zone, 'z')[1:3] || CASE WHEN gs_formatted('%Ez', epoch_us(x), zone, 'z')[5:6] <> '00'
           THEN gs_formatted('%Ez', epoch_us(x), zone, 'z')[4:6] ELSE '' END""",
    ),
    "formatted": python("STRING", formatted, "VARCHAR, BIGINT, VARCHAR, VARCHAR -> VARCHAR"),
    "FORMAT_DATE": sql("STRING", "(form, x) AS gs_formatted(form, epoch_us(gs_to_datetime(x)), 'UTC', 'd')"),
    "FORMAT_DATETIME": sql("STRING", "(form, x) AS gs_formatted(form, epoch_us(gs_to_datetime(x)), 'UTC', 'dt')"),
    "FORMAT_TIME": sql("STRING", "(form, x) AS gs_formatted(form, epoch_us(DATE '1970-01-01' + CAST(x AS TIME)), 'UTC', 't')"),
    "FORMAT_TIMESTAMP": sql(
        "STRING",
        """(form, x) AS gs_formatted(form, epoch_us(gs_to_timestamp(x)), 'UTC', 'dtz'),
           (form, x, zone) AS gs_formatted(form, epoch_us(gs_to_timestamp(x)), zone, 'dtz')""",
    ),
    "PARSE_DATE": python("DATE", parsed_date, "VARCHAR, VARCHAR -> DATE"),
    "PARSE_DATETIME": python("DATETIME", parsed_datetime, "VARCHAR, VARCHAR -> TIMESTAMP"),
    "PARSE_TIME": python("TIME", parsed_time, "VARCHAR, VARCHAR -> TIME"),
    "parsed_timestamp": python("TIMESTAMP", parsed_timestamp, "VARCHAR, VARCHAR, VARCHAR -> TIMESTAMPTZ"),
    "PARSE_TIMESTAMP": sql("TIMESTAMP", "(form, x) AS gs_parsed_timestamp(form, x, 'UTC'), (form, x, zone) AS gs_parsed_timestamp(form, x, zone)"),
    "interval_text": sql(
        "STRING",
        """(x) AS printf('%s%d-%d %d %s%d:%d:%d', CASE WHEN datepart('year', x) * 12 + datepart('month', x) < 0 THEN '-' ELSE '' END,
           abs(datepart('year', x)), abs(datepart('month', x)), datepart('day', x),
           CASE WHEN datepart('hour', x) < 0 OR datepart('minute', x) < 0 OR datepart('microsecond', x) < 0 THEN '-' ELSE '' END,
           abs(datepart('hour', x)), abs(datepart('minute', x)), abs(datepart('second', x)))
           || CASE WHEN datepart('microsecond', x) % 1000000 = 0 THEN '' ELSE rtrim(printf('.%06d', abs(datepart('microsecond', x) % 1000000)), '0') END""",
    ),
}  # fmt: skip

