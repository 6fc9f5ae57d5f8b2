"""What is published is what the contracts say."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from pipelines.contracts import Contracts
from pipelines.publish.declared import ContractsError, declared_sources, read_contracts
from tests.pipelines.datasets import CONTRACTS
from tests.pipelines.lake_rows import drive
from tests.pipelines.lake_tables import put_rows, snapshots
from tests.pipelines.publish.things import TABLE, contracts_of


def test_contracts_are_read_as_the_stack_wrote_them(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "contracts.json").write_text(CONTRACTS.to_json())
    assert read_contracts(spark, f"{tmp_path.as_uri()}/contracts.json") == CONTRACTS


@pytest.mark.parametrize(
    ("text", "complaint"), [(None, "is not there; deploy the stack again"), ("{}", "not the contracts the stack wrote")]
)
def test_other_contracts_are_one_line(spark: SparkSession, tmp_path: Path, text: str | None, complaint: str) -> None:
    if text is not None:
        (tmp_path / "contracts.json").write_text(text)
    with pytest.raises(ContractsError, match=rf"contracts\.json:? {complaint}") as refusal:
        read_contracts(spark, f"{tmp_path.as_uri()}/contracts.json")
    assert "\n" not in str(refusal.value)


def test_the_served_tables_with_their_states(lake: SparkSession) -> None:
    put_rows(lake, "drive_logs.drives", [drive("d1")])
    found = declared_sources(lake, "lake", CONTRACTS)
    assert [(source.table.name, source.name) for source in found] == [
        ("drives", "lake.drive_logs.drives"),
        ("scenarios", "lake.scenarios.scenarios"),
    ]
    assert [source.state for source in found] == [*snapshots(lake, "lake.drive_logs.drives"), None]
    assert declared_sources(lake, "lake", Contracts(())) == []


def test_a_table_that_is_declared_must_be_there(lake: SparkSession) -> None:
    lake.sql(f"DROP TABLE IF EXISTS lake.{TABLE.full_name}")
    with pytest.raises(AnalysisException, match="things"):
        declared_sources(lake, "lake", contracts_of(TABLE))
