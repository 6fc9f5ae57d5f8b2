"""CAST from each type to each other: `to_<type>` takes any value that can be cast.

source: cloud.google.com/bigquery/docs/reference/standard-sql/conversion_functions
"""

from __future__ import annotations

import datetime
import re
import zoneinfo

from localcloud.services.bigquery.functions.function import Function, python, sql

INTEGER = re.compile(r"([+-]?)(0[xX][0-9a-fA-F]+|[0-9]+)")
FLOAT = re.compile(r"[+-]?(?:inf|infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?)", re.I)
TIME = re.compile(
    r"(?:(\d{1,5})-(\d{1,2})-(\d{1,2}))?"
    r"(?:(?<=\d)[Tt ]|^)?(?:(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{0,9}))?)?"
    r"\s*([Zz]|[+-]\d{1,2}(?::?\d{2})?|[A-Za-z][\w/+-]*)?"
)
INT64 = range(-(2**63), 2**63)


def int64_of(text: str) -> int:
    found = INTEGER.fullmatch(text.strip())
    value = int(found[1] + found[2], 16 if found[2][:2] in ("0x", "0X") else 10) if found else 2**63
    if value not in INT64:
        raise ValueError(f"Bad int64 value: {text}")
    return value


def float64_of(text: str) -> float:
    if not FLOAT.fullmatch(text.strip()):
        raise ValueError(f"Bad double value: {text}")
    return float(text)


def bool_of(text: str) -> bool:
    if text.strip().lower() not in ("true", "false"):
        raise ValueError(f"Bad bool value: {text}")
    return text.strip().lower() == "true"


def zone_of(name: str) -> datetime.tzinfo:
    """A time zone by name or offset. Errors: ValueError for one that there isn't."""
    offset = re.fullmatch(r"(?:UTC)?([+-])(\d{1,2})(?::?(\d{2}))?", name)
    if offset and int(offset[2]) * 60 + int(offset[3] or 0) <= 14 * 60:
        delta = datetime.timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        return datetime.timezone(-delta if offset[1] == "-" else delta)
    try:
        return datetime.UTC if name in ("Z", "z") else zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"Invalid time zone: {name}") from error


def _clock(text: str, what: str, with_zone: bool) -> tuple[datetime.datetime, str | None]:
    found = TIME.fullmatch(text.strip())
    parts = found.groups() if found else ()
    if not parts or parts[0] is None or (parts[7] and not with_zone) or len(parts[6] or "") > 6:
        raise ValueError(f"Invalid {what}: '{text}'")
    numbers = [int(part or 0) for part in parts[:6]]
    try:
        return datetime.datetime(*numbers, int((parts[6] or "").ljust(6, "0"))), parts[7]  # type: ignore[arg-type]
    except ValueError as error:
        raise ValueError(f"Invalid {what}: '{text}'") from error


def timestamp_of(text: str, zone: str) -> datetime.datetime:
    clock, own = _clock(text, "timestamp", with_zone=True)
    try:
        return clock.replace(tzinfo=zone_of(own or zone)).astimezone(datetime.UTC)
    except OverflowError as error:
        raise ValueError(f"Invalid timestamp: '{text}'") from error


def datetime_of(text: str) -> datetime.datetime:
    return _clock(text, "datetime", with_zone=False)[0]


def date_of(text: str) -> datetime.date:
    return _clock(text, "date", with_zone=True)[0].date()


def time_of(text: str) -> datetime.time:
    if not re.fullmatch(r"\s*\d{1,2}:\d{1,2}:\d{1,2}(\.\d{0,6})?\s*", text):
        raise ValueError(f"Invalid time: '{text}'")
    return _clock("1970-01-01 " + text.strip(), "time", with_zone=False)[0].time()


def utf8_of(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise ValueError("Invalid cast of bytes to UTF8 string") from error


CLOCK_TEXT = """strftime(x, '%H:%M:%S') || CASE WHEN epoch_us(x) % 1000000 = 0 THEN ''
                WHEN epoch_us(x) % 1000 = 0 THEN strftime(x, '.%g') ELSE strftime(x, '.%f') END"""
"""A time of day with as many digits of a second as are needed: none, 3 or 6."""
DATE_TEXT = "lpad(year(x)::VARCHAR, 4, '0') || strftime(x, '-%m-%d')"
IS_DATE = r"regexp_full_match(x, '\d{4}-\d{2}-\d{2}')"
IS_DATETIME = r"regexp_full_match(x, '\d{4}-\d{2}-\d{2}[ T][01]\d:[0-5]\d:[0-5]\d(\.\d{1,6})?')"
ROUNDED = "CASE WHEN isfinite(x) THEN round(x) ELSE gs_raise('Illegal conversion of non-finite to INT64')::DOUBLE END"

LIMITED = """(x {0}, kind, most) AS CASE WHEN {1} > most THEN CAST(gs_raise(kind || ' has maximum length ' || most ||
    ' but got a value with length ' || {1}) AS {0}) ELSE x END"""

TO_DATE = f"""(x DATE) AS x, (x TIMESTAMP) AS CAST(x AS DATE), (x TIMESTAMPTZ) AS CAST(x AS DATE),
    (x VARCHAR) AS CASE WHEN {IS_DATE} THEN CAST(x AS DATE) ELSE gs_date_of(x) END"""
TO_DATETIME = f"""(x TIMESTAMP) AS x, (x DATE) AS CAST(x AS TIMESTAMP), (x TIMESTAMPTZ) AS timezone('UTC', x),
    (x VARCHAR) AS CASE WHEN {IS_DATETIME} THEN CAST(x AS TIMESTAMP) ELSE gs_datetime_of(x) END"""
TO_TIMESTAMP = f"""(x TIMESTAMPTZ) AS x, (x DATE) AS timezone('UTC', CAST(x AS TIMESTAMP)), (x TIMESTAMP) AS
   timezone('UTC', x),
    (x VARCHAR) AS CASE WHEN {IS_DATETIME} THEN timezone('UTC', CAST(x AS TIMESTAMP))
    ELSE gs_timestamp_of(x, 'UTC') END"""
TO_TIME = """(x TIME) AS x, (x TIMESTAMP) AS CAST(x AS TIME), (x TIMESTAMPTZ) AS CAST(timezone('UTC', x) AS TIME),
    (x VARCHAR) AS gs_time_of(x)"""

FUNCTIONS: dict[str, Function] = {
    "int64_of": python("INT64", int64_of, "VARCHAR -> BIGINT"),
    "float64_of": python("FLOAT64", float64_of, "VARCHAR -> DOUBLE"),
    "bool_of": python("BOOL", bool_of, "VARCHAR -> BOOLEAN"),
    "timestamp_of": python("TIMESTAMP", timestamp_of, "VARCHAR, VARCHAR -> TIMESTAMPTZ"),
    "datetime_of": python("DATETIME", datetime_of, "VARCHAR -> TIMESTAMP"),
    "date_of": python("DATE", date_of, "VARCHAR -> DATE"),
    "time_of": python("TIME", time_of, "VARCHAR -> TIME"),
    "utf8_of": python("STRING", utf8_of, "BLOB -> VARCHAR"),
    "number_text": sql(
        "STRING",
        r"""(x DOUBLE) AS regexp_replace(CAST(x + 0 AS VARCHAR), '\.0$', ''),
            (x DECIMAL(38, 9)) AS regexp_replace(CAST(x AS VARCHAR), '\.?0+$', '')""",
    ),
    "time_text": sql("STRING", f"(x TIMESTAMP) AS {CLOCK_TEXT}"),
    "clock_text": sql(
        "STRING",
        f"""(x DATE) AS {DATE_TEXT}, (x TIMESTAMP) AS {DATE_TEXT} || ' ' || {CLOCK_TEXT},
            (x TIME) AS gs_time_text(DATE '1970-01-01' + x)""",
    ),
    "to_string": sql(
        "STRING",
        """(x VARCHAR) AS CAST(x AS VARCHAR), (x BLOB) AS gs_utf8_of(x), (x BOOLEAN) AS CAST(x AS VARCHAR),
           (x BIGINT) AS CAST(x AS VARCHAR), (x DOUBLE) AS gs_number_text(x), (x DECIMAL(38, 9)) AS gs_number_text(x),
           (x DATE) AS gs_clock_text(x), (x TIMESTAMP) AS gs_clock_text(x), (x TIME) AS gs_clock_text(x),
           (x TIMESTAMPTZ) AS gs_clock_text(timezone('UTC', x)) || '+00', (x INTERVAL) AS gs_interval_text(x)""",
    ),
    "to_int64": sql(
        "INT64",
        f"""(x BIGINT) AS CAST(x AS BIGINT), (x BOOLEAN) AS CAST(x AS BIGINT), (x DOUBLE) AS CAST({ROUNDED} AS BIGINT),
            (x DECIMAL(38, 9)) AS CAST(round(x, 0) AS BIGINT), (x VARCHAR) AS CASE
            WHEN regexp_full_match(x, '-?[0-9]{{1,18}}') THEN CAST(x AS BIGINT) ELSE gs_int64_of(x) END""",
    ),
    "to_float64": sql(
        "FLOAT64",
        """(x DOUBLE) AS CAST(x AS DOUBLE), (x BIGINT) AS CAST(x AS DOUBLE), (x DECIMAL(38, 9)) AS CAST(x AS DOUBLE),
           (x VARCHAR) AS CASE WHEN regexp_full_match(x, '-?[0-9]+([.][0-9]+)?') THEN CAST(x AS DOUBLE)
           WHEN regexp_full_match(x, '[ ]*[+-]?nan[ ]*', 'i') THEN CAST('nan' AS DOUBLE) ELSE gs_float64_of(x) END""",
    ),
    "limited": sql(0, f"{LIMITED.format('VARCHAR', 'length(x)')}, {LIMITED.format('BLOB', 'octet_length(x)')}"),
    "to_bool": sql("BOOL", "(x BOOLEAN) AS x, (x BIGINT) AS x <> 0, (x VARCHAR) AS gs_bool_of(x)"),
    "to_bytes": sql("BYTES", "(x BLOB) AS x, (x VARCHAR) AS encode(x)"),
    "to_date": sql("DATE", TO_DATE),
    "to_datetime": sql("DATETIME", TO_DATETIME),
    "to_timestamp": sql("TIMESTAMP", TO_TIMESTAMP),
    "to_time": sql("TIME", TO_TIME),
    "to_numeric": sql(
        "NUMERIC",
        """(x DECIMAL(38, 9)) AS CAST(x AS DECIMAL(38, 9)), (x BIGINT) AS CAST(x AS DECIMAL(38, 9)),
           (x DOUBLE) AS gs_numeric_of(gs_number_text(x)), (x VARCHAR) AS gs_numeric_of(x)""",
    ),
}
CASTS = {
    "TEXT": "to_string", "VARCHAR": "to_string", "BIGINT": "to_int64", "INT": "to_int64", "DOUBLE": "to_float64",
    "BOOLEAN": "to_bool", "BINARY": "to_bytes", "VARBINARY": "to_bytes", "DATE": "to_date", "DATETIME": "to_datetime",
    "TIMESTAMP": "to_datetime", "TIMESTAMPTZ": "to_timestamp", "TIME": "to_time", "DECIMAL": "to_numeric",
    "BIGDECIMAL": "to_bignumeric",
}  # fmt: skip
"""The function of each type that can be cast to, by SQLGlot's names."""
