"""Files are appended to tables once a content, whoever else commits meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.expressions.parser import parse
from pyiceberg.table import Table

from pipelines.contracts import Column
from pipelines.ingest.iceberg_tables import LITERALS, IcebergTables, TableCatalog
from pipelines.ingest.model import IngestError, WrittenFile
from tests.pipelines.ingest.entries import SPEED, speed_files, tables_of
from tests.pipelines.ingest.logs import LocalLake

NAME = SPEED.full_name


def test_a_content_is_appended_once(lake: LocalLake) -> None:
    first, second = speed_files(lake, "aa", 3), speed_files(lake, "bb", 2)
    assert tables_of(lake).append_contents(NAME, "run-1", first) == 3
    assert tables_of(lake).append_contents(NAME, "run-2", [*first, *second]) == 2
    assert tables_of(lake).append_contents(NAME, "run-3", [*first, *second]) == 0
    assert sorted(row["source_sha256"] for row in lake.rows(NAME)) == ["aa"] * 3 + ["bb"] * 2
    runs = [
        snapshot.summary["roadbed.run-id"] for snapshot in lake.catalog.load_table(NAME).snapshots() if snapshot.summary
    ]
    assert runs == ["run-1", "run-2"]


def test_a_content_is_looked_for_on_its_own_days_only(lake: LocalLake) -> None:
    """A file of another day that can't be read any more does no harm."""
    tables = tables_of(lake)
    (far,) = speed_files(lake, "aa", 1, day=40)
    tables.append_contents(NAME, "run-1", [far])
    lake.local(far.path).unlink()
    assert tables.append_contents(NAME, "run-2", speed_files(lake, "bb", 2)) == 2


def test_another_writer_s_commit_in_between_is_looked_at(lake: LocalLake) -> None:
    files = speed_files(lake, "aa", 3)
    asked: list[int] = []

    def choose(state: Table) -> list[WrittenFile]:
        asked.append(len(state.snapshots()))
        if len(asked) == 1:
            tables_of(lake).append_contents(NAME, "run-2", files)
            return files
        return []

    assert tables_of(lake).append(NAME, "run-1", choose) == 0
    assert asked == [0, 1]
    assert len(lake.rows(NAME)) == 3


def test_values_that_a_column_holds(lake: LocalLake) -> None:
    tables = tables_of(lake)
    tables.append_contents(NAME, "run-1", [*speed_files(lake, "aa", 1), *speed_files(lake, "bb", 1)])
    many = {f"{place:02x}" for place in range(LITERALS + 1)}
    assert tables.matching(NAME, "source_sha256", many, AlwaysTrue()) == {"aa", "bb"}
    assert tables.matching(NAME, "source_sha256", {"aa", "zz"}, AlwaysTrue()) == {"aa"}
    assert tables.matching(NAME, "source_sha256", {"aa"}, parse("drive_id = 'other'")) == set()
    assert tables.matching(NAME, "source_sha256", set(), AlwaysTrue()) == set()


def test_a_table_that_differs_from_the_contract_is_refused(lake: LocalLake) -> None:
    tables = tables_of(lake)
    tables.check([SPEED])
    kept, last = SPEED.columns[:-1], SPEED.columns[-1]
    wrong: list[tuple[tuple[Column, ...], str]] = [
        ((*SPEED.columns, Column("gear", "long")), "speed.gear is missing in the catalogue, but long with id 5"),
        ((*kept, replace(last, type="float")), "speed_mps is double with id 4 in the catalogue, but float with id 4"),
        ((last, *kept), "speed_mps is double with id 4 in the catalogue, but double with id 1"),
    ]
    for columns, problem in wrong:
        with pytest.raises(IngestError, match=f"{problem}.*append new columns at the end"):
            tables.check([replace(SPEED, columns=columns)])


@pytest.mark.parametrize("error", [ConnectionError("no\nroute"), OSError("refused")])
def test_a_catalogue_that_can_t_be_reached_is_one_line(lake: LocalLake, error: OSError) -> None:
    def refuse() -> TableCatalog:
        raise error

    with pytest.raises(IngestError, match=r"^the catalogue can't be reached: (no route|refused)$"):
        IcebergTables(refuse, lake.contracts)
