"""Functions of DATE, TIME, DATETIME and TIMESTAMP. In the engine a DATETIME is a TIMESTAMP, a TIMESTAMP a TIMESTAMPTZ.

A part of a date comes as text: WEEK0 to WEEK6 are weeks that begin on Sunday to Saturday.
source: cloud.google.com/bigquery/docs/reference/standard-sql/date_functions, datetime_, time_ and timestamp_functions
"""

from __future__ import annotations

from localcloud.services.bigquery.functions.casts import TO_DATE, TO_DATETIME, TO_TIME, TO_TIMESTAMP
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
WHOLE = """CASE WHEN part IN ('YEAR', 'QUARTER', 'MONTH', 'DAY', 'HOUR', 'MINUTE', 'SECOND', 'MILLISECOND') THEN part
           ELSE 'MICROSECOND' END"""
UP_TO_DAY = "(part LIKE 'WEEK_' OR part IN ('ISOYEAR', 'YEAR', 'QUARTER', 'MONTH', 'DAY'))"
DATE_FLOOR = f"""(x DATE, part) AS CASE WHEN part LIKE 'WEEK_' THEN x - CAST({DAYS_PAST.format("x")} AS INTEGER)
    WHEN part = 'ISOYEAR' THEN CAST(date_trunc('week', make_date(isoyear(x), 1, 4)) AS DATE)
    WHEN NOT {UP_TO_DAY} THEN CAST(gs_raise('DATE_TRUNC does not support the ' || part || ' date part') AS DATE)
    ELSE CAST(date_trunc({WHOLE}, x) AS DATE) END"""
CLOCK_FLOOR = f"""(x TIMESTAMP, part) AS CASE WHEN {UP_TO_DAY} THEN CAST(gs_date_floor(CAST(x AS DATE), part) AS
   TIMESTAMP)
    ELSE date_trunc({WHOLE}, x) END"""
TRUNCATED = """(x DATE, part) AS gs_date_floor(x, part), (x TIMESTAMP, part) AS gs_clock_floor(x, part),
    (x TIMESTAMPTZ, part) AS timezone('UTC', gs_clock_floor(timezone('UTC', x), part)),
    (x TIMESTAMPTZ, part, zone) AS CASE WHEN part IN ('MINUTE', 'SECOND', 'MILLISECOND', 'MICROSECOND')
    THEN timezone('UTC', gs_clock_floor(timezone('UTC', x), part))
    ELSE timezone(gs_zone(zone), gs_clock_floor(timezone(gs_zone(zone), x), part)) END"""
UNITS = """CASE part WHEN 'DAY' THEN 86400000000 WHEN 'HOUR' THEN 3600000000 WHEN 'MINUTE' THEN 60000000
           WHEN 'SECOND' THEN 1000000 WHEN 'MILLISECOND' THEN 1000 WHEN 'MICROSECOND' THEN 1
           ELSE CAST(gs_raise('TIMESTAMP_DIFF does not support the ' || part || ' date part') AS BIGINT) END"""
DAYS_BETWEEN = f"""(x DATE, y DATE, part) AS CASE WHEN part LIKE 'WEEK_' THEN
    date_diff('day', gs_date_floor(y, part), gs_date_floor(x, part)) // 7
    WHEN part = 'ISOYEAR' THEN isoyear(x) - isoyear(y) ELSE date_diff({WHOLE}, y, x) END"""
CLOCKS_BETWEEN = f"""(x TIMESTAMP, y TIMESTAMP, part) AS CASE WHEN part LIKE 'WEEK_' OR part = 'ISOYEAR'
    THEN gs_days_between(CAST(x AS DATE), CAST(y AS DATE), part) ELSE date_diff({WHOLE}, y, x) END"""
INSTANTS_BETWEEN = f"(x TIMESTAMPTZ, y TIMESTAMPTZ, part) AS (epoch_us(x) - epoch_us(y)) // {UNITS}"
DIFFERENCE = f"""(x DATE, y DATE, part) AS gs_days_between(x, y, part),
    (x TIMESTAMP, y TIMESTAMP, part) AS gs_clocks_between(x, y, part), {INSTANTS_BETWEEN}"""


def _moved(sign: str, *kinds: str) -> str:
    moved = {kind: f"(x {kind}, span INTERVAL) AS gs_in_range(x {sign} span)" for kind in ("TIMESTAMP", "TIMESTAMPTZ")}
    moved["DATE"] = f"(x DATE, span INTERVAL) AS gs_in_range(CAST(x {sign} span AS DATE))"
    return ", ".join(moved[kind] for kind in kinds)


def _from_unix(scale: int) -> str:
    return f"""(x BIGINT) AS CASE WHEN x BETWEEN -62135596800000000 // {scale} AND 253402300799999999 // {scale}
               THEN make_timestamptz(x * {scale}) ELSE CAST(gs_raise('Invalid timestamp: ' || x) AS TIMESTAMPTZ) END"""


def _to_unix(scale: int) -> str:
    return f"(x TIMESTAMPTZ) AS (epoch_us(x) - (epoch_us(x) % {scale} + {scale}) % {scale}) // {scale}"


MOMENTS = ("DATE", "TIMESTAMP", "TIMESTAMPTZ")
IN_RANGE = (
    "CASE WHEN year(x) BETWEEN 1 AND 9999 THEN x ELSE CAST(gs_raise('date or timestamp out of range') AS {0}) END"
)
OF_DATE, OF_DATETIME, OF_TIMESTAMP, OF_TIME = ({0: kind} for kind in ("DATE", "DATETIME", "TIMESTAMP", "TIME"))
OF_DATES, OF_DATETIMES, OF_TIMESTAMPS, OF_TIMES = (
    {0: kind, 1: kind} for kind in ("DATE", "DATETIME", "TIMESTAMP", "TIME")
)
FUNCTIONS: dict[str, Function] = {
    "between": sql(
        "INTERVAL",
        """(x DATE, y DATE) AS to_days(CAST(date_diff('day', y, x) AS INTEGER)),
           (x TIMESTAMP, y TIMESTAMP) AS to_microseconds(epoch_us(x) - epoch_us(y)),
           (x TIMESTAMPTZ, y TIMESTAMPTZ) AS to_microseconds(epoch_us(x) - epoch_us(y))""",
    ),
    "in_range": sql(0, ", ".join(f"(x {kind}) AS {IN_RANGE.format(kind)}" for kind in MOMENTS)),
    "zone": sql("STRING", "(x) AS CASE WHEN x[1] IN ('+', '-') THEN 'GMT' || x ELSE x END"),
    "date_floor": sql("DATE", DATE_FLOOR),
    "clock_floor": sql("DATETIME", CLOCK_FLOOR),
    "days_between": sql("INT64", DAYS_BETWEEN),
    "clocks_between": sql("INT64", CLOCKS_BETWEEN),
    "DATE_TRUNC": sql(0, TRUNCATED, part=1, texts=OF_DATE),
    "DATETIME_TRUNC": sql(0, TRUNCATED, part=1, texts=OF_DATETIME),
    "TIMESTAMP_TRUNC": sql(0, TRUNCATED, part=1, texts=OF_TIMESTAMP),
    "TIME_TRUNC": sql(
        0,
        f"""(x TIME, part) AS CAST(date_trunc({WHOLE}, DATE '1970-01-01' + x) AS TIME)""",
        part=1,
        texts=OF_TIME,
    ),
    "DATE_DIFF": sql("INT64", DIFFERENCE, part=2, texts=OF_DATES),
    "DATETIME_DIFF": sql("INT64", DIFFERENCE, part=2, texts=OF_DATETIMES),
    "TIMESTAMP_DIFF": sql("INT64", INSTANTS_BETWEEN, part=2, texts=OF_TIMESTAMPS),
    "TIME_DIFF": sql(
        "INT64",
        f"""(x TIME, y TIME, part) AS date_diff({WHOLE}, DATE '1970-01-01' + y, DATE '1970-01-01' + x)""",
        part=2,
        texts=OF_TIMES,
    ),
    "DATE_ADD": sql(0, _moved("+", "DATE", "TIMESTAMP", "TIMESTAMPTZ"), texts=OF_DATE),
    "DATE_SUB": sql(0, _moved("-", "DATE", "TIMESTAMP", "TIMESTAMPTZ"), texts=OF_DATE),
    "DATETIME_ADD": sql("DATETIME", _moved("+", "TIMESTAMP"), texts=OF_DATETIME),
    "DATETIME_SUB": sql("DATETIME", _moved("-", "TIMESTAMP"), texts=OF_DATETIME),
    "TIMESTAMP_ADD": sql(0, _moved("+", "TIMESTAMPTZ", "TIMESTAMP"), texts=OF_TIMESTAMP),
    "TIMESTAMP_SUB": sql(0, _moved("-", "TIMESTAMPTZ", "TIMESTAMP"), texts=OF_TIMESTAMP),
    "TIME_ADD": sql("TIME", "(x TIME, span INTERVAL) AS CAST(DATE '1970-01-01' + x + span AS TIME)", texts=OF_TIME),
    "TIME_SUB": sql("TIME", "(x TIME, span INTERVAL) AS CAST(DATE '1970-01-01' + x - span AS TIME)", texts=OF_TIME),
    "date_part": sql(
        "INT64",
        f"""(part, x DATE) AS CAST(CASE WHEN part LIKE 'WEEK_' THEN (dayofyear(x) + 6 - {DAYS_PAST.format("x")}) // 7
            ELSE CASE part WHEN 'YEAR' THEN year(x) WHEN 'MONTH' THEN month(x) WHEN 'DAY' THEN day(x)
            WHEN 'QUARTER' THEN quarter(x) WHEN 'DAYOFWEEK' THEN dayofweek(x) + 1 WHEN 'DAYOFYEAR' THEN dayofyear(x)
            WHEN 'ISOWEEK' THEN weekofyear(x) WHEN 'ISOYEAR' THEN isoyear(x)
            ELSE CAST(gs_raise('EXTRACT from DATE does not support the ' || part || ' date part') AS BIGINT) END END
            AS BIGINT)""",
    ),
    "time_part": sql(
        "INT64",
        """(part, x TIME) AS CAST(CASE part WHEN 'HOUR' THEN hour(x) WHEN 'MINUTE' THEN minute(x)
           WHEN 'SECOND' THEN floor(second(x)) WHEN 'MILLISECOND' THEN millisecond(x) % 1000
           WHEN 'MICROSECOND' THEN microsecond(x) % 1000000
           ELSE CAST(gs_raise('EXTRACT from TIME does not support the ' || part || ' date part') AS BIGINT) END AS
           BIGINT)""",
    ),
    "clock_part": sql(
        "INT64",
        """(part, x TIMESTAMP) AS CASE WHEN part IN ('HOUR', 'MINUTE', 'SECOND', 'MILLISECOND', 'MICROSECOND')
           THEN gs_time_part(part, CAST(x AS TIME)) ELSE gs_date_part(part, CAST(x AS DATE)) END""",
    ),
    "extracted": sql(
        "INT64",
        """(part, x DATE) AS gs_date_part(part, x), (part, x TIME) AS gs_time_part(part, x),
           (part, x TIMESTAMP) AS gs_clock_part(part, x), (part, x TIMESTAMPTZ) AS gs_clock_part(part,
           timezone('UTC', x)),
           (part, x INTERVAL) AS gs_interval_part(part, x)""",
    ),
    "interval_part": sql(
        "INT64",
        """(part, x) AS CASE part WHEN 'YEAR' THEN datepart('year', x) WHEN 'MONTH' THEN datepart('month', x)
           WHEN 'DAY' THEN datepart('day', x) WHEN 'HOUR' THEN datepart('hour', x) WHEN 'MINUTE' THEN
           datepart('minute', x)
           WHEN 'SECOND' THEN datepart('second', x) WHEN 'MILLISECOND' THEN datepart('millisecond', x) % 1000
           ELSE datepart('microsecond', x) % 1000000 END""",
    ),
    "last_of": sql(
        "DATE",
        """(x DATE, part) AS CASE WHEN part LIKE 'WEEK_' THEN gs_date_floor(x, part) + 6
           WHEN part = 'ISOYEAR' THEN CAST(date_trunc('week', make_date(isoyear(x) + 1, 1, 4)) AS DATE) - 1
           ELSE CAST(gs_date_floor(x, part) + CASE part WHEN 'YEAR' THEN INTERVAL 1 YEAR
           WHEN 'QUARTER' THEN INTERVAL 3 MONTH ELSE INTERVAL 1 MONTH END AS DATE) - 1 END""",
    ),
    "LAST_DAY": sql(
        "DATE",
        """(x DATE) AS last_day(x), (x TIMESTAMP) AS last_day(CAST(x AS DATE)),
           (x DATE, part) AS gs_last_of(x, part), (x TIMESTAMP, part) AS gs_last_of(CAST(x AS DATE), part)""",
        part=1,
        texts=OF_DATE,
    ),
    "UNIX_SECONDS": sql("INT64", _to_unix(1_000_000), texts=OF_TIMESTAMP),
    "UNIX_MILLIS": sql("INT64", _to_unix(1_000), texts=OF_TIMESTAMP),
    "UNIX_MICROS": sql("INT64", "(x) AS epoch_us(CAST(x AS TIMESTAMPTZ))", texts=OF_TIMESTAMP),
    "UNIX_DATE": sql("INT64", "(x DATE) AS date_diff('day', DATE '1970-01-01', x)", texts=OF_DATE),
    "TIMESTAMP_SECONDS": sql("TIMESTAMP", _from_unix(1_000_000)),
    "TIMESTAMP_MILLIS": sql("TIMESTAMP", _from_unix(1_000)),
    "TIMESTAMP_MICROS": sql("TIMESTAMP", _from_unix(1)),
    "DATE_FROM_UNIX_DATE": sql("DATE", "(x BIGINT) AS gs_in_range(DATE '1970-01-01' + CAST(x AS INTEGER))"),
    "DATE": sql(
        "DATE",
        f"""{TO_DATE}, (x TIMESTAMPTZ, zone VARCHAR) AS CAST(timezone(gs_zone(zone), x) AS DATE),
            (y, m, d) AS make_date(y, m, d)""",
    ),
    "DATETIME": sql(
        "DATETIME",
        f"""{TO_DATETIME}, (x TIMESTAMPTZ, zone VARCHAR) AS timezone(gs_zone(zone), x), (x DATE, y TIME) AS x + y,
            (y, m, d, h, i, s) AS make_timestamp(y, m, d, h, i, CAST(s AS DOUBLE))""",
    ),
    "TIME": sql(
        "TIME",
        f"""{TO_TIME}, (x TIMESTAMPTZ, zone) AS CAST(timezone(gs_zone(zone), x) AS TIME),
            (h, i, s) AS make_time(h, i, CAST(s AS DOUBLE))""",
    ),
    "TIMESTAMP": sql(
        "TIMESTAMP",
        f"""{TO_TIMESTAMP}, (x VARCHAR, zone) AS gs_timestamp_of(x, zone),
            (x DATE, zone) AS timezone(gs_zone(zone), CAST(x AS TIMESTAMP)),
            (x TIMESTAMP, zone) AS timezone(gs_zone(zone), x)""",
    ),
    "STRING": sql(
        "STRING",
        """(x DATE) AS gs_clock_text(x), (x TIMESTAMP) AS gs_clock_text(x),
           (x TIME) AS gs_clock_text(x), (x TIMESTAMPTZ) AS gs_to_string(x), (x TIMESTAMPTZ, zone) AS
           gs_clock_text(timezone(gs_zone(zone), x)) || gs_formatted('%Ez', epoch_us(x), zone, 'z')[1:3]
           || regexp_replace(gs_formatted('%Ez', epoch_us(x), zone, 'z')[4:6], ':00', '')""",
    ),
    "formatted": python("STRING", formatted, "VARCHAR, BIGINT, VARCHAR, VARCHAR -> VARCHAR"),
    "FORMAT_DATE": sql(
        "STRING",
        """(form, x DATE) AS gs_formatted(form, epoch_us(CAST(x AS TIMESTAMP)), 'UTC', 'd')""",
        texts={1: "DATE"},
    ),
    "FORMAT_DATETIME": sql(
        "STRING",
        """(form, x TIMESTAMP) AS gs_formatted(form, epoch_us(x), 'UTC', 'dt')""",
        texts={1: "DATETIME"},
    ),
    "FORMAT_TIME": sql(
        "STRING",
        """(form, x TIME) AS gs_formatted(form, epoch_us(DATE '1970-01-01' + x), 'UTC', 't')""",
        texts={1: "TIME"},
    ),
    "FORMAT_TIMESTAMP": sql(
        "STRING",
        """(form, x TIMESTAMPTZ) AS gs_formatted(form, epoch_us(x), 'UTC', 'dtz'),
           (form, x TIMESTAMPTZ, zone) AS gs_formatted(form, epoch_us(x), zone, 'dtz')""",
        texts={1: "TIMESTAMP"},
    ),
    "PARSE_DATE": python("DATE", parsed_date, "VARCHAR, VARCHAR -> DATE"),
    "PARSE_DATETIME": python("DATETIME", parsed_datetime, "VARCHAR, VARCHAR -> TIMESTAMP"),
    "PARSE_TIME": python("TIME", parsed_time, "VARCHAR, VARCHAR -> TIME"),
    "parsed_timestamp": python("TIMESTAMP", parsed_timestamp, "VARCHAR, VARCHAR, VARCHAR -> TIMESTAMPTZ"),
    "PARSE_TIMESTAMP": sql(
        "TIMESTAMP",
        """(form, x) AS gs_parsed_timestamp(form, x, 'UTC'), (form, x, zone) AS gs_parsed_timestamp(form, x, zone)""",
    ),
    "interval_text": sql(
        "STRING",
        """(x) AS printf('%s%d-%d %d %s%d:%d:%d', CASE WHEN datepart('year', x) * 12 + datepart('month', x) < 0 THEN
           '-' ELSE '' END,
           abs(datepart('year', x)), abs(datepart('month', x)), datepart('day', x),
           CASE WHEN datepart('hour', x) < 0 OR datepart('minute', x) < 0 OR datepart('microsecond', x) < 0 THEN '-'
           ELSE '' END,
           abs(datepart('hour', x)), abs(datepart('minute', x)), abs(datepart('second', x)))
           || CASE WHEN datepart('microsecond', x) % 1000000 = 0 THEN ''
           WHEN datepart('microsecond', x) % 1000 = 0 THEN printf('.%03d', abs(datepart('millisecond', x) % 1000))
           ELSE printf('.%06d', abs(datepart('microsecond', x) % 1000000)) END""",
    ),
}  # fmt: skip
