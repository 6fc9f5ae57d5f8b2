"""The definitions fit together: in the order of what they read, with every number known, and held to the contracts."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
import sqlglot
from sqlglot import expressions as exp

from pipelines.mining.definition import DefinitionError
from pipelines.mining.definitions import DEFINITIONS, FOUND, RESULT, SCENARIOS, VIEWS, Definitions
from tests.pipelines.datasets import CONTRACTS
from tests.pipelines.mining.portable import in_dialect


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the platform's scenarios."""
    return Path(shutil.copytree(str(SCENARIOS), tmp_path / "scenarios"))


def add(folder: Path, name: str, sql: str, comment: str = "") -> None:
    (folder / f"{name}.sql").write_text(f"-- {name}: for a test.\n{comment}{sql}\n")


def test_every_source_is_a_table_of_the_drive_logs():
    tables = {table.name for table in CONTRACTS.contract("drive_logs").tables}
    assert set(DEFINITIONS.sources) <= tables, (
        f"after FROM or JOIN stands {', '.join(sorted(set(DEFINITIONS.sources) - tables))}, which is neither a "
        f"definition nor one of {', '.join(sorted(tables))}"
    )


def test_each_definition_comes_after_what_it_reads():
    done = set(DEFINITIONS.sources)
    for name, text in DEFINITIONS.texts.items():
        tree = sqlglot.parse_one(text, read="spark")
        within = {cte.alias for cte in tree.find_all(exp.CTE)}
        assert {table.name for table in tree.find_all(exp.Table)} - within <= done, name
        done.add(name)
    assert {*DEFINITIONS.kinds, FOUND, RESULT} <= done


def test_the_union_holds_every_kind_once():
    selects = DEFINITIONS.texts[FOUND].split("UNION ALL")
    assert len(selects) == len(DEFINITIONS.kinds)
    for kind, select in zip(DEFINITIONS.kinds, selects, strict=True):
        assert f"'{kind}' AS kind" in select
        assert select.strip().endswith(f"FROM {kind}")


@pytest.mark.parametrize("view", DEFINITIONS.texts)
def test_definitions_are_also_bigquery(view: str):
    text = in_dialect(view, "bigquery")
    assert ":" not in text
    assert sqlglot.parse_one(text, read="bigquery")


def test_a_file_more_is_a_kind_more(folder: Path):
    add(folder, "creep", "SELECT drive_id, start_us, end_us, peak_value FROM stop JOIN steering ON TRUE")
    more = Definitions.read(folder)
    assert set(more.kinds) == {*DEFINITIONS.kinds, "creep"}
    assert set(more.sources) == {*DEFINITIONS.sources, "steering"}
    names = list(more.texts)
    assert names.index("stop") < names.index("creep") < names.index(FOUND)
    assert "'creep' AS kind" in more.texts[FOUND]


@pytest.mark.parametrize(
    ("name", "sql", "comment", "complaint"),
    [
        ("speed_segments", "SELECT 1", "", "speed_segments.sql is there twice"),
        ("found", "SELECT 1", "", "found.sql is there twice"),
        ("again", "SELECT 1 FROM scenarios", "", "in a circle: "),
        ("again", "SELECT :again_m", "-- :again_m is new.\n", "again.sql: :again_m is not a parameter: give it below"),
        ("again", "SELECT :stop_speed_mps", "-- :stop_speed_mps\n", ":stop_speed_mps is not a parameter"),
        (
            "again",
            "SELECT :stop_speed_mps",
            "-- :stop_speed_mps\n-- Parameters:\n--   stop_speed_mps = 1\n",
            "stop_speed_mps is a number of another definition too",
        ),
    ],
)
def test_files_that_do_not_fit_together_are_refused(folder: Path, name: str, sql: str, comment: str, complaint: str):
    add(folder, name, sql, comment)
    with pytest.raises(DefinitionError) as error:
        Definitions.read(folder)
    assert complaint in str(error.value)
    assert "\n" not in str(error.value)


def test_changed_numbers_are_those_of_a_text():
    changed = DEFINITIONS.changed(stop_speed_mps=1.5)
    assert changed.arguments("stop") == {**DEFINITIONS.arguments("stop"), "stop_speed_mps": 1.5}
    assert DEFINITIONS.arguments("stop")["stop_speed_mps"] == 0.3
    with pytest.raises(DefinitionError, match="no parameter stop_speed_kmh"):
        DEFINITIONS.changed(stop_speed_kmh=1.5)


def test_definitions_are_found_in_an_archive(tmp_path: Path):
    """A job's code comes as a zip."""
    archive = tmp_path / "pipelines.zip"
    with zipfile.ZipFile(archive, "w") as written:
        for package, files in (("scenarios", SCENARIOS), ("views", VIEWS)):
            for file in files.iterdir():
                if file.name.endswith(".sql"):
                    written.writestr(f"mining/{package}/{file.name}", file.read_text())
    inside = zipfile.Path(archive)
    assert Definitions.read(inside / "mining" / "scenarios", inside / "mining" / "views") == DEFINITIONS
