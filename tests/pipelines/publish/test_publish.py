"""The publish job: a sorted snapshot of the tables, current only when it is complete, new only when the content is."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from pipelines.mining.main import run as mine_lake
from pipelines.publish import main as publish
from pipelines.publish.files import Files, PublishConflictError
from pipelines.publish.fingerprints import fingerprint
from pipelines.publish.prune import KEPT_SNAPSHOTS, prune
from pipelines.serving.snapshot import load
from tests.pipelines.lake_tables import fill, rows_of
from tests.simulation.generator import generate_fleet

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
def test_unfit_arguments_are_refused(arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit, match="2"):
        publish.parse_args(arguments)
    error = capsys.readouterr().err
    assert complaint in error
    assert error.startswith("publish: ")
    assert error.count("\n") == 1


def test_output_loses_its_last_slash():
    assert publish.parse_args(["--catalog", "lake", "--output", "gs://b/s/", "--run_id", "r"]).output == "gs://b/s"


def test_missing_tables_are_one_clear_line(spark: SparkSession, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    arguments = ["--catalog", "spark_catalog", "--output", tmp_path.as_uri(), "--run_id", "r"]
    assert publish.main(arguments) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert error.startswith("publish: ")


def test_fingerprint_is_of_the_content(spark: SparkSession):
    def of(*rows: tuple[int | None, str | None]):
        return fingerprint(spark.createDataFrame(rows, "a INT, b STRING"))

    assert of((1, "x"), (2, None)) == of((2, None), (1, "x"))
    different = [of(), of((1, "x")), of((1, "x"), (1, "x")), of((1, None)), of((None, "1")), of((1, "y"))]
    assert len({repr(value) for value in different}) == len(different)


def test_replace_is_conditional(spark: SparkSession, tmp_path: Path):
    files = Files(spark, tmp_path.as_uri())
    assert files.read("CURRENT") is None
    files.replace("CURRENT", "one", expected=None)
    with pytest.raises(PublishConflictError, match="CURRENT"):
        files.replace("CURRENT", "two", expected=None)
    with pytest.raises(PublishConflictError, match="changed by another run"):
        files.replace("CURRENT", "two", expected="zero")
    files.replace("CURRENT", "two", expected="one")
    assert files.read("CURRENT") == "two"


class FolderObjects:
    """A folder as the serving service sees its bucket."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def generation(self, name: str) -> int | None:
        path = self.folder / name
        return path.stat().st_mtime_ns if path.exists() else None

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()


@pytest.fixture
def mined_lake(lake: SparkSession, tmp_path: Path) -> SparkSession:
    fill(lake, list(generate_fleet(5, 3, 60.0, 0.25)), tmp_path / "drives")
    mine_lake(lake, "lake", "mining")
    return lake


def test_publishes_what_the_tables_hold(mined_lake: SparkSession, tmp_path: Path):
    output = tmp_path / "snapshots"
    outcome = publish.run(mined_lake, "lake", output.as_uri(), "first")
    assert outcome.published
    assert (output / "CURRENT").read_text() == outcome.snapshot_id
    folder = output / outcome.snapshot_id
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["snapshot_id"] == outcome.snapshot_id
    for name, table in (("scenarios", SCENARIOS), ("drives", "lake.drive_logs.drives")):
        expected = rows_of(mined_lake, table)
        entry = manifest["tables"][name]
        assert entry["rows"] == len(expected) == outcome.rows[name] > 0
        assert [column["name"] for column in entry["columns"]] == list(expected[0])
        assert entry["source_snapshot_id"] is not None
        published = [row for part in entry["files"] for row in pq.read_table(folder / part).to_pylist()]
        assert published == sorted(published, key=lambda row: [row[column] for column in entry["sort"]])
        assert sorted(published, key=lambda row: row[next(iter(row))]) == expected
        assert sorted(entry["files"]) == sorted(f"{name}/{path.name}" for path in (folder / name).glob("*.parquet"))
    # The service reads just that.
    assert load(FolderObjects(output), outcome.snapshot_id).counts == outcome.rows


def test_unchanged_content_publishes_nothing_new(mined_lake: SparkSession, tmp_path: Path):
    """Also when the table has a new state with the same rows, as after compaction."""
    output = tmp_path / "snapshots"
    first = publish.run(mined_lake, "lake", output.as_uri(), "first")
    before = {path: path.stat().st_mtime_ns for path in output.rglob("*")}
    mined_lake.sql(f"INSERT OVERWRITE {SCENARIOS} SELECT * FROM {SCENARIOS}")
    second = publish.run(mined_lake, "lake", output.as_uri(), "second")
    assert second.snapshot_id == first.snapshot_id
    assert not second.published
    assert {path: path.stat().st_mtime_ns for path in output.rglob("*")} == before


def test_changed_content_is_a_new_snapshot_and_the_old_one_stays(mined_lake: SparkSession, tmp_path: Path):
    output = tmp_path / "snapshots"
    first = publish.run(mined_lake, "lake", output.as_uri(), "first")
    mined_lake.sql(f"DELETE FROM {SCENARIOS} WHERE kind = 'hard_brake'")
    second = publish.run(mined_lake, "lake", output.as_uri(), "second")
    assert second.published
    assert second.snapshot_id != first.snapshot_id
    assert second.rows["scenarios"] < first.rows["scenarios"]
    assert (output / "CURRENT").read_text() == second.snapshot_id
    assert (output / first.snapshot_id / "manifest.json").is_file()


def test_the_rest_of_a_killed_run_is_replaced(mined_lake: SparkSession, tmp_path: Path):
    """Killed between tables and manifest: nothing was current; the next run leaves no file of it."""
    output = tmp_path / "snapshots"
    first = publish.run(mined_lake, "lake", output.as_uri(), "first")
    folder = output / first.snapshot_id
    (output / "CURRENT").unlink()
    (output / ".CURRENT.crc").unlink()
    (folder / "manifest.json").unlink()
    leftover = folder / "scenarios" / "part-99999-leftover.parquet"
    leftover.write_bytes(b"half a file")
    again = publish.run(mined_lake, "lake", output.as_uri(), "again")
    assert again.published
    assert again.snapshot_id == first.snapshot_id
    assert not leftover.exists()
    assert (output / "CURRENT").read_text() == first.snapshot_id


def test_a_complete_snapshot_is_not_written_again(mined_lake: SparkSession, tmp_path: Path):
    """Killed between manifest and CURRENT: only CURRENT is missing."""
    output = tmp_path / "snapshots"
    first = publish.run(mined_lake, "lake", output.as_uri(), "first")
    (output / "CURRENT").unlink()
    (output / ".CURRENT.crc").unlink()
    before = (output / first.snapshot_id / "manifest.json").stat().st_mtime_ns
    assert publish.run(mined_lake, "lake", output.as_uri(), "again").published
    assert (output / first.snapshot_id / "manifest.json").stat().st_mtime_ns == before
    assert (output / "CURRENT").read_text() == first.snapshot_id


def folders(output: Path) -> set[str]:
    return {path.name for path in output.iterdir() if path.is_dir()}


def complete(output: Path, name: str, created_at: str) -> str:
    """A snapshot as an earlier run left it."""
    (output / name / "drives").mkdir(parents=True)
    (output / name / "drives" / "part-0.parquet").write_bytes(b"rows")
    (output / name / "manifest.json").write_text(json.dumps({"created_at": created_at}))
    return name


def test_the_newest_snapshots_stay_and_those_that_matter(spark: SparkSession, tmp_path: Path):
    names = [complete(tmp_path, f"s{day}", f"2026-03-0{day}T00:00:00.000000+00:00") for day in range(1, 10)]
    (tmp_path / "being-written" / "drives").mkdir(parents=True)
    (tmp_path / "CURRENT").write_text("s1")
    removed = prune(Files(spark, tmp_path.as_uri()), current="s1", replaced="s2")
    assert removed == ["s3", "s4"]
    assert folders(tmp_path) == {*names, "being-written"} - {"s3", "s4"}
    assert len(names) - len(removed) == KEPT_SNAPSHOTS + 2
    assert (tmp_path / "s9" / "drives" / "part-0.parquet").is_file()
    assert (tmp_path / "CURRENT").is_file()
    assert prune(Files(spark, tmp_path.as_uri()), current="s1", replaced=None) == ["s2"]


def test_old_snapshots_go_only_after_the_switch(mined_lake: SparkSession, tmp_path: Path):
    output = tmp_path / "snapshots"
    first = publish.run(mined_lake, "lake", output.as_uri(), "first")
    old = [complete(output, f"old{day}", f"2020-01-0{day}T00:00:00.000000+00:00") for day in range(1, 7)]
    assert publish.run(mined_lake, "lake", output.as_uri(), "unchanged").removed == 0
    assert folders(output) == {first.snapshot_id, *old}
    mined_lake.sql(f"DELETE FROM {SCENARIOS} WHERE kind = 'stop'")
    second = publish.run(mined_lake, "lake", output.as_uri(), "second")
    assert second.removed == 3
    assert folders(output) == {first.snapshot_id, second.snapshot_id, *old[-3:]}
