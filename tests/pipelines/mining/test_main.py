"""The mining job: its arguments, and that the table changes only where the drive logs do."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from pipelines.mining.definitions import DEFINITIONS, SCENARIOS, Definitions
from pipelines.mining.main import Outcome, counts, main, parse_args, run
from pipelines.mining.table import TableChange
from tests.pipelines.lake_tables import fill, rows_of, snapshots
from tests.simulation.generator import compare, from_rows, generate_fleet

TABLE = "lake.scenarios.scenarios"


def test_arguments():
    assert parse_args(["--catalog", "lake", "--run_id", "r1"]).catalog == "lake"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--catalog", "lake", "--run_id", "r", "--bogus", "1"], "--bogus"),
        (["--cat", "lake", "--run_id", "r"], "--catalog"),
        (["--catalog", "lake"], "--run_id"),
        (["--catalog", "lake; DROP", "--run_id", "r"], "not a plain name"),
    ],
)
def test_unfit_arguments_are_refused(arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit, match="2"):
        parse_args(arguments)
    error = capsys.readouterr().err
    assert complaint in error
    assert error.startswith("mining: ")
    assert error.count("\n") == 1


def test_a_missing_table_is_one_clear_line(spark: SparkSession, capsys: pytest.CaptureFixture[str]):
    assert main(["--catalog", "spark_catalog", "--run_id", "r"]) == 1
    error = capsys.readouterr().err
    assert "drive_logs" in error
    assert error.count("\n") == 1


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Definitions:
    """Three kinds that are cheap to mine, for what doesn't depend on which."""
    folder = tmp_path_factory.mktemp("few")
    for name in ("disengagement.sql", "hard_brake.sql", "stop.sql"):
        (folder / name).write_text((SCENARIOS / name).read_text(encoding="utf-8"))
    return Definitions.read(folder)


def test_job_fills_the_table_and_a_rerun_changes_nothing(
    lake: SparkSession, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    drives = list(generate_fleet(5, 4, 60.0, 0.25))
    fill(lake, drives, tmp_path / "all")
    first = run(lake, "lake", "first")
    assert first.change is TableChange.UPDATED
    rows = rows_of(lake, TABLE)
    assert not compare(from_rows(rows), {drive.drive_id: drive.ground_truth for drive in drives})
    assert sum(first.counts.values()) == len(rows)
    assert tuple(first.counts) == DEFINITIONS.kinds
    kept = snapshots(lake, TABLE)
    second = run(lake, "lake", "second")
    assert second == Outcome(first.counts, TableChange.UNCHANGED, mined=False)
    assert snapshots(lake, TABLE) == kept
    assert f"{len(rows)} scenarios, table unchanged: nothing new to mine" in capsys.readouterr().out


def test_new_states_of_the_drive_logs_or_other_definitions_are_mined(
    lake: SparkSession, few: Definitions, tmp_path: Path
):
    fill(lake, list(generate_fleet(5, 2, 60.0, 0.25)), tmp_path)
    run(lake, "lake", "first", few)
    kept = snapshots(lake, TABLE)
    lake.sql("INSERT INTO lake.drive_logs.speed SELECT * FROM lake.drive_logs.speed LIMIT 1")
    again = run(lake, "lake", "again", few)
    assert again.mined
    assert again.change is TableChange.UNCHANGED
    assert snapshots(lake, TABLE) == kept
    assert not run(lake, "lake", "still", few).mined
    assert run(lake, "lake", "redefined", few.changed(stop_speed_mps=0.31)).mined


def test_a_run_that_was_killed_before_its_end_is_done_again(
    lake: SparkSession, few: Definitions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    fill(lake, list(generate_fleet(5, 2, 60.0, 0.25)), tmp_path)

    def killed(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pipelines.mining.main.record", killed)
        with pytest.raises(KeyboardInterrupt):
            run(lake, "lake", "killed", few)
    assert run(lake, "lake", "again", few) == Outcome(counts(lake.table(TABLE), few), TableChange.UNCHANGED, mined=True)


def test_job_follows_the_drive_logs(lake: SparkSession, few: Definitions, tmp_path: Path):
    """Rows changed by hand are put right, and those of a drive that is gone go too; the others keep their ids."""
    drives = list(generate_fleet(5, 4, 60.0, 0.25))
    fill(lake, drives, tmp_path / "all")
    run(lake, "lake", "all", few)
    before = rows_of(lake, TABLE)
    assert {"hard_brake", "stop"} <= {row["kind"] for row in before}
    lake.sql(f"UPDATE {TABLE} SET peak_value = -99 WHERE kind = 'hard_brake'")
    lake.sql(f"DELETE FROM {TABLE} WHERE kind = 'stop'")
    assert run(lake, "lake", "again", few).change is TableChange.UPDATED
    assert rows_of(lake, TABLE) == before
    gone = next(drive for drive in drives if any(row["drive_id"] == drive.drive_id for row in before))
    fill(lake, [drive for drive in drives if drive is not gone], tmp_path / "less")
    assert run(lake, "lake", "less", few).change is TableChange.UPDATED
    assert rows_of(lake, TABLE) == [row for row in before if row["drive_id"] != gone.drive_id]
