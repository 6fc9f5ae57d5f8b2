"""Tables at one state: all reads of a run see the same rows."""

from __future__ import annotations

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from pipelines.spark.table_states import newest_states, read_at
from tests.pipelines.lake_rows import drive, scenario
from tests.pipelines.lake_tables import put_rows, snapshots

DRIVES, SCENARIOS = "lake.drive_logs.drives", "lake.scenarios.scenarios"


def test_a_table_is_read_as_it_was_at_a_state(lake: SparkSession) -> None:
    assert newest_states(lake, [DRIVES, SCENARIOS]) == {DRIVES: None, SCENARIOS: None}
    assert newest_states(lake, []) == {}
    assert read_at(lake, DRIVES, None).count() == 0
    put_rows(lake, "drive_logs.drives", [drive("d1")])
    first = newest_states(lake, [DRIVES])[DRIVES]
    assert [first] == snapshots(lake, DRIVES)
    put_rows(lake, "drive_logs.drives", [drive("d1"), drive("d2")])
    put_rows(lake, "scenarios.scenarios", [scenario(0)])
    states = newest_states(lake, [DRIVES, SCENARIOS])
    assert states[DRIVES] not in (None, first)
    assert read_at(lake, DRIVES, first).count() == 1
    assert {table: read_at(lake, table, state).count() for table, state in states.items()} == {DRIVES: 2, SCENARIOS: 1}


def test_a_missing_table_is_an_error_of_spark_s(lake: SparkSession) -> None:
    with pytest.raises(AnalysisException, match="nowhere"):
        newest_states(lake, [DRIVES, "lake.drive_logs.nowhere"])
