"""Rows that the job makes itself have the contract's schema, whatever columns it has."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from pipelines.contracts import Column
from pipelines.contracts.schemas import arrow_schema
from pipelines.ingest.own_rows import own_rows
from tests.pipelines.datasets import CONTRACTS

QUARANTINE = CONTRACTS.table("operations.quarantine")
VALUES = {
    "run_id": ["run-1"] * 2,
    "file_uri": ["gs://landing/a.mcap"] * 2,
    "source_sha256": ["ab" * 32] * 2,
    "topic": ["/vehicle/horn"] * 2,
    "log_time": [1_790_000_000_000_000, None],
    "reason": ["unknown topic /vehicle/horn"] * 2,
    "payload": ["{}", "{"],
}


def test_values_are_rows_of_the_table() -> None:
    rows = own_rows(QUARANTINE, VALUES)
    assert rows.schema.equals(arrow_schema(QUARANTINE), check_metadata=True)
    assert rows["payload"].to_pylist() == ["{}", "{"]
    assert [str(time) for time in rows["log_time"].to_pylist()] == ["2026-09-21 14:13:20+00:00", "None"]


def test_a_column_that_the_job_does_not_know_is_null() -> None:
    wider = replace(QUARANTINE, columns=(*QUARANTINE.columns, Column("severity", "int")))
    rows = own_rows(wider, VALUES)
    assert rows["severity"].type == pa.int32()
    assert rows["severity"].to_pylist() == [None, None]
