"""Elements of a CAST's FORMAT."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from localcloud.services.bigquery.functions.cast_formats import elements, parsed
from tests.localcloud.services.bigquery.functions.evaluation import table_tests

VALUES: dict[str, Any] = {
    "CAST(DATE '2026-01-04' AS STRING FORMAT 'MON DD YYYY, Day dy \"at\" DDD')": "JAN 04 2026, Sunday sun at 004",
    """CAST(TIMESTAMP '2026-01-05 15:04:05.678+00' AS STRING FORMAT 'HH12:MI:SS.FF3 AM TZH:TZM'
       AT TIME ZONE 'Asia/Kolkata')""": "08:34:05.678 PM +05:30",
    "CAST(TIME '15:04:05' AS STRING FORMAT 'hh24mi')": "1504",
    "CAST('07:08:09' AS TIME FORMAT 'HH24:MI:SS')": datetime.time(7, 8, 9),
    "CAST('05 jan 2026 3:04 PM' AS DATETIME FORMAT 'DD MON YYYY HH12:MI AM')": datetime.datetime(2026, 1, 5, 15, 4),
    "CAST('2026-01-05 07:08 +01:30' AS TIMESTAMP FORMAT 'YYYY-MM-DD HH24:MI TZH:TZM')": datetime.datetime(
        2026, 1, 5, 5, 38, tzinfo=datetime.UTC
    ),
    "SAFE_CAST('x' AS DATE FORMAT 'YYYY')": None,
    "CAST(b'abc' AS STRING FORMAT 'hex') || CAST(CAST('YWJj' AS BYTES FORMAT 'BASE64') AS STRING)": "616263abc",
}
ERRORS = {
    "CAST(TIME '15:04:05' AS STRING FORMAT 'YYYY')": "TIME does not support the format element YYYY",
    "CAST('2026' AS DATE FORMAT 'HH24')": "DATE does not support the format element HH24",
    "CAST('2026-13-01' AS DATE FORMAT 'YYYY-MM-DD')": "Failed to parse input string",
    "CAST(1 AS STRING FORMAT '99')": "only supported here between STRING and dates, times or BYTES",
    "CAST(b'abc' AS STRING FORMAT 'BASE8')": "'BASE8' is not supported here",
}
test_values, test_errors = table_tests(VALUES, ERRORS)


def test_years_of_few_digits_are_near_now() -> None:
    century = datetime.datetime.now(datetime.UTC).year // 100
    (seconds, _) = divmod(parsed("07-01-01", "YY-MM-DD", "DATE", "UTC"), 1_000_000)
    assert datetime.datetime.fromtimestamp(seconds, datetime.UTC).year == century * 100 + 7


def test_what_is_no_element() -> None:
    with pytest.raises(ValueError, match="Cannot find matched format element"):
        elements("YYYY~")
