"""The publish job: a sorted snapshot of the tables, current only when it is complete, new only when the content is."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from pipelines.publish import main as publish
from pipelines.serving.snapshot import load
from pipelines.snapshots import manifest_file
from tests.pipelines.lake_tables import put_rows, rows_of
from tests.pipelines.publish.snapshot_folders import complete, folders
from tests.pipelines.serving.published import drive, scenario

SCENARIOS = "lake.scenarios.scenarios"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--catalog", "lake", "--output", "gs://b/s", "--run_id", "r", "--bogus"], "--bogus"),
        (["--catalog", "lake", "--output", "gs://b/s"], "--run_id"),
        (["--catalog", "lake", "--output", "somewhere", "--run_id", "r"], "not an address"),
        (["--catalog", "a.b", "--output", "gs://b/s", "--run_id", "r"], "not a plain name"),
    ],
)
def test_unfit_arguments_are_refused(arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        publish.parse_args(arguments)
    error = capsys.readouterr().err
    assert complaint in error
    assert error.startswith("publish: ")
    assert error.count("\n") == 1


def test_output_loses_its_last_slash() -> None:
    assert publish.parse_args(["--catalog", "lake", "--output", "gs://b/s/", "--run_id", "r"]).output == "gs://b/s"


def test_missing_tables_are_one_clear_line(
    spark: SparkSession, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--catalog", "spark_catalog", "--output", tmp_path.as_uri(), "--run_id", "r"]
    assert publish.main(arguments) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert error.startswith("publish: ")


@pytest.fixture
def filled(lake: SparkSession) -> SparkSession:
    """The lake with two drives, and scenarios of three kinds; in another order than a snapshot's."""
    scenarios = [scenario(i, f"d{i % 2}", kind) for i, kind in enumerate(("stop", "hard_brake", "cut_in", "stop"))]
    put_rows(lake, "scenarios.scenarios", scenarios[::-1])
    put_rows(lake, "drive_logs.drives", [drive("d1"), drive("d0")])
    return lake


def test_publishes_what_the_tables_hold(filled: SparkSession, tmp_path: Path) -> None:
    output = tmp_path / "snapshots"
    outcome = publish.run(filled, "lake", output.as_uri(), "first")
    assert outcome.published
    assert (output / "CURRENT").read_text() == outcome.snapshot_id
    folder = output / outcome.snapshot_id
    manifest = json.loads((output / manifest_file(outcome.snapshot_id)).read_text())
    assert manifest["snapshot_id"] == outcome.snapshot_id
    for name, table in (("scenarios", SCENARIOS), ("drives", "lake.drive_logs.drives")):
        expected = rows_of(filled, table)
        entry = manifest["tables"][name]
        assert entry["rows"] == len(expected) == outcome.rows[name] > 0
        assert [column["name"] for column in entry["columns"]] == list(expected[0])
        assert entry["source_snapshot_id"] is not None
        published = [row for part in entry["files"] for row in pq.read_table(folder / part).to_pylist()]
        assert published == sorted(published, key=lambda row: [row[column] for column in entry["sort"]])
        assert sorted(published, key=lambda row: row[next(iter(row))]) == expected
        assert sorted(entry["files"]) == sorted(f"{name}/{path.name}" for path in (folder / name).glob("*.parquet"))
    # The service reads just that.
    assert load(lambda name: (output / name).read_bytes(), outcome.snapshot_id).counts == outcome.rows


def test_unchanged_content_publishes_nothing_new(filled: SparkSession, tmp_path: Path) -> None:
    """Also when the table has a new state with the same rows, as after compaction."""
    output = tmp_path / "snapshots"
    first = publish.run(filled, "lake", output.as_uri(), "first")
    before = {path: path.stat().st_mtime_ns for path in output.rglob("*")}
    filled.sql(f"INSERT OVERWRITE {SCENARIOS} SELECT * FROM {SCENARIOS}")
    second = publish.run(filled, "lake", output.as_uri(), "second")
    assert second.snapshot_id == first.snapshot_id
    assert not second.published
    assert {path: path.stat().st_mtime_ns for path in output.rglob("*")} == before


def test_changed_content_is_a_new_snapshot_and_the_old_one_stays(filled: SparkSession, tmp_path: Path) -> None:
    output = tmp_path / "snapshots"
    first = publish.run(filled, "lake", output.as_uri(), "first")
    filled.sql(f"DELETE FROM {SCENARIOS} WHERE kind = 'hard_brake'")
    second = publish.run(filled, "lake", output.as_uri(), "second")
    assert second.published
    assert second.snapshot_id != first.snapshot_id
    assert second.rows["scenarios"] < first.rows["scenarios"]
    assert (output / "CURRENT").read_text() == second.snapshot_id
    assert (output / first.snapshot_id / "manifest.json").is_file()


def test_the_rest_of_a_killed_run_is_replaced(filled: SparkSession, tmp_path: Path) -> None:
    """Killed between tables and manifest: nothing was current; the next run leaves no file of it."""
    output = tmp_path / "snapshots"
    first = publish.run(filled, "lake", output.as_uri(), "first")
    folder = output / first.snapshot_id
    (output / "CURRENT").unlink()
    (output / ".CURRENT.crc").unlink()
    (folder / "manifest.json").unlink()
    leftover = folder / "scenarios" / "part-99999-leftover.parquet"
    leftover.write_bytes(b"half a file")
    again = publish.run(filled, "lake", output.as_uri(), "again")
    assert again.published
    assert again.snapshot_id == first.snapshot_id
    assert not leftover.exists()
    assert (output / "CURRENT").read_text() == first.snapshot_id


def test_a_complete_snapshot_is_not_written_again(filled: SparkSession, tmp_path: Path) -> None:
    """Killed between manifest and CURRENT: only CURRENT is missing."""
    output = tmp_path / "snapshots"
    first = publish.run(filled, "lake", output.as_uri(), "first")
    (output / "CURRENT").unlink()
    (output / ".CURRENT.crc").unlink()
    before = (output / first.snapshot_id / "manifest.json").stat().st_mtime_ns
    assert publish.run(filled, "lake", output.as_uri(), "again").published
    assert (output / first.snapshot_id / "manifest.json").stat().st_mtime_ns == before
    assert (output / "CURRENT").read_text() == first.snapshot_id


def test_old_snapshots_go_only_after_the_switch(filled: SparkSession, tmp_path: Path) -> None:
    output = tmp_path / "snapshots"
    first = publish.run(filled, "lake", output.as_uri(), "first")
    old = [complete(output, f"old{day}", f"2020-01-0{day}T00:00:00.000000+00:00") for day in range(1, 7)]
    assert publish.run(filled, "lake", output.as_uri(), "unchanged").removed == 0
    assert folders(output) == {first.snapshot_id, *old}
    filled.sql(f"DELETE FROM {SCENARIOS} WHERE kind = 'stop'")
    second = publish.run(filled, "lake", output.as_uri(), "second")
    assert second.removed == 3
    assert folders(output) == {first.snapshot_id, second.snapshot_id, *old[-3:]}
