"""In what form a result's rows are given."""

from __future__ import annotations

import datetime

import pyarrow as pa
import pytest

from localcloud.services.bigquery.result_form import Form, timestamps_of
from localcloud.services.common import GoogleError

FIELDS = [{"name": "t", "type": "TIMESTAMP", "mode": "NULLABLE"}, {"name": "n", "type": "INTEGER", "mode": "NULLABLE"}]
MOMENT = datetime.datetime(2026, 1, 1, microsecond=500_000, tzinfo=datetime.UTC)
TABLE = pa.table({"t": pa.array([MOMENT], pa.timestamp("us", "UTC")), "n": [7]})


@pytest.mark.parametrize(
    ("output", "int64", "written"),
    [
        (None, False, "1767225600.500000"),
        ("TIMESTAMP_OUTPUT_FORMAT_UNSPECIFIED", True, "1767225600500000"),
        ("ISO8601_STRING", False, "2026-01-01T00:00:00.500000Z"),
    ],
)
def test_timestamps(output: str | None, int64: bool, written: str) -> None:
    rows = Form(timestamps_of(output, int64)).rows(TABLE, FIELDS)
    assert rows == [{"f": [{"v": written}, {"v": "7"}]}]


def test_selected_columns() -> None:
    assert Form(selected=("n",)).rows(TABLE, FIELDS) == [{"f": [{"v": "7"}]}]
    with pytest.raises(GoogleError, match="x is no column of the table"):
        Form(selected=("n", "x")).refuse_unknown(FIELDS)


def test_forms_that_are_none_are_refused() -> None:
    with pytest.raises(GoogleError, match="Only one of"):
        timestamps_of("INT64", int64=True)
    with pytest.raises(GoogleError, match="'PICOSECONDS' is none of FLOAT64, INT64, ISO8601_STRING"):
        timestamps_of("PICOSECONDS", int64=False)
