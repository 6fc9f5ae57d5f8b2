"""The publish job: a snapshot of the served tables, current only when it is complete, new only when the content is."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from pipelines.contracts import Contracts
from pipelines.publish import main as publish
from pipelines.publish.main import Outcome, State
from pipelines.snapshots.manifest import CURRENT, manifest_file, version_file, withdrawn_file
from tests.pipelines.datasets import CONTRACTS
from tests.pipelines.lake_rows import scenario
from tests.pipelines.lake_tables import put_rows
from tests.pipelines.publish.published import arguments, manifest_of, output_of, rows_of

SCENARIOS = "lake.scenarios.scenarios"
DELETE = f"DELETE FROM {SCENARIOS} WHERE kind ="
GIVEN = ["--catalog", "lake", "--contracts", "gs://c/contracts.json", "--output", "gs://b/s/", "--run_id", "r"]


def run(spark: SparkSession, folder: Path, run_id: str = "r1", contracts: Contracts = CONTRACTS) -> Outcome:
    return publish.run(spark, arguments(folder, contracts, run_id))


def files_of(folder: Path) -> dict[Path, int]:
    """All files below with their times of change."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_it_needs_nothing_but_python_and_spark() -> None:
    """What a Dataproc image promises."""
    others = {"google", "jsonschema", "open_data_contract_standard", "orjson", "pandas", "pyarrow", "pydantic", "yaml"}
    program = f"import sys, pipelines.publish.main; print({others} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout == "set()\n"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({8: "--bogus"}, "--bogus"),
        ({6: "", 7: ""}, "--run_id"),
        ({5: "somewhere"}, "not an address"),
        ({3: "contracts.json"}, "not an address"),
        ({1: "a.b"}, "not a plain name"),
        ({8: "--shard_bytes", 9: "0"}, "'0' is not a whole number above 0"),
        ({8: "--shard_bytes", 9: "many"}, "'many' is not a whole number above 0"),
    ],
)
def test_unfit_arguments_are_refused(
    change: dict[int, str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = dict(enumerate(GIVEN)) | change
    with pytest.raises(SystemExit, match="2"):
        publish.parse_args([text for text in changed.values() if text])
    error = capsys.readouterr().err
    assert complaint in error
    assert error.startswith("publish: ")
    assert error.count("\n") == 1


def test_output_loses_its_last_slash() -> None:
    given = publish.parse_args([*GIVEN, "--shard_bytes", "1000"])
    assert given == publish.Arguments("lake", "gs://c/contracts.json", "gs://b/s", "r", 1000)


def test_missing_tables_and_contracts_are_one_clear_line(
    spark: SparkSession, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = arguments(tmp_path, CONTRACTS)
    options = ["--output", given.output, "--run_id", "r", "--contracts"]
    for line, complaint in (
        (["--catalog", "spark_catalog", *options, given.contracts], "catalogue spark_catalog"),
        (
            ["--catalog", "lake", *options, (tmp_path / "none.json").as_uri()],
            "none.json is not there; deploy the stack",
        ),
    ):
        assert publish.main(line) == 1
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert error.startswith("publish: ")
        assert complaint in error


def test_publishes_what_the_contracts_say_is_served(filled: SparkSession, tmp_path: Path) -> None:
    outcome = run(filled, tmp_path, "first")
    output = output_of(tmp_path)
    assert (outcome.state, outcome.rows) == (State.PUBLISHED, {"drives": 2, "scenarios": 4})
    manifest = manifest_of(output)
    assert (manifest.snapshot_id, manifest.run_id) == (outcome.snapshot_id, "first")
    assert list(manifest.tables) == ["drives", "scenarios"]
    for name, source in (("drives", "lake.drive_logs.drives"), ("scenarios", SCENARIOS)):
        version = manifest.tables[name]
        assert (version.source, version.rows) == (source, outcome.rows[name])
        assert version.source_state is not None
    (drives,) = rows_of(output, manifest.tables["drives"])
    assert [row["drive_id"] for row in drives] == ["d0", "d1"]
    (scenarios,) = rows_of(output, manifest.tables["scenarios"])
    assert [row["scenario_id"] for row in scenarios] == ["s0000", "s0001", "s0002", "s0003"]
    first = scenario(0, "d0", "stop")
    times = {name: first[name].strftime("%Y-%m-%dT%H:%M:%S.%fZ") for name in ("start_time", "end_time")}
    assert scenarios[0] == first | times


def test_unchanged_content_publishes_nothing_new(filled: SparkSession, tmp_path: Path) -> None:
    """Also when the table has a new state with the same rows, as after compaction."""
    first = run(filled, tmp_path, "first")
    before = files_of(output_of(tmp_path))
    filled.sql(f"INSERT OVERWRITE {SCENARIOS} SELECT * FROM {SCENARIOS}")
    assert run(filled, tmp_path, "second") == replace(first, state=State.UNCHANGED)
    assert files_of(output_of(tmp_path)) == before


def test_only_a_table_that_changed_is_written_and_only_one_with_a_new_state_is_read(
    filled: SparkSession, tmp_path: Path
) -> None:
    first = run(filled, tmp_path)
    old = manifest_of(output_of(tmp_path))
    # A table whose state is known is not read: its files may be gone.
    for file in filled.sql("SELECT file_path FROM lake.drive_logs.drives.files").collect():
        Path(file["file_path"].removeprefix("file:")).unlink()
    filled.sql(f"{DELETE} 'hard_brake'")
    second = run(filled, tmp_path)
    assert (second.state, second.rows) == (State.PUBLISHED, {"drives": 2, "scenarios": 3})
    new = manifest_of(output_of(tmp_path))
    assert new.tables["drives"] == old.tables["drives"]
    assert new.tables["scenarios"].version != old.tables["scenarios"].version
    assert manifest_of(output_of(tmp_path), first.snapshot_id) == old


def test_a_new_text_for_people_is_a_new_snapshot_of_the_same_files(filled: SparkSession, tmp_path: Path) -> None:
    run(filled, tmp_path)
    old = manifest_of(output_of(tmp_path))
    before = files_of(output_of(tmp_path) / "tables")
    text = CONTRACTS.to_json().replace("One row per scenario found.", "One row each.")
    assert run(filled, tmp_path, contracts=Contracts.from_json(text)).state is State.PUBLISHED
    new = manifest_of(output_of(tmp_path))
    assert new.tables["scenarios"].table.doc == "One row each."
    assert new.tables["scenarios"].shards == old.tables["scenarios"].shards
    assert files_of(output_of(tmp_path) / "tables") == before


def test_what_a_killed_run_left_is_replaced(filled: SparkSession, tmp_path: Path) -> None:
    """Killed between a table's files and what says that they are all there: nothing was current."""
    first = run(filled, tmp_path, "first")
    output = output_of(tmp_path)
    version = manifest_of(output).tables["scenarios"]
    leftover = output / version.folder / "shard=0" / "part-99999-leftover.zstd.parquet"
    leftover.write_bytes(b"half a file")
    for name in (CURRENT, manifest_file(first.snapshot_id), version_file("scenarios", version.version)):
        for path in (output / name, (output / name).with_name(f".{Path(name).name}.crc")):
            path.unlink()
    assert run(filled, tmp_path, "again") == first
    assert not leftover.exists()
    assert manifest_of(output).run_id == "again"
    assert len(rows_of(output, manifest_of(output).tables["scenarios"])[0]) == 4


def test_a_snapshot_that_lost_files_is_made_whole(filled: SparkSession, tmp_path: Path) -> None:
    run(filled, tmp_path)
    output = output_of(tmp_path)
    version = manifest_of(output).tables["scenarios"]
    (output / version.folder / version.shards[0].files[0]).unlink()
    (output / manifest_file(manifest_of(output).snapshot_id)).write_text("{")
    (output / "snapshots" / f".{(output / CURRENT).read_text()}.json.crc").unlink()
    assert run(filled, tmp_path, "again").state is State.UNCHANGED
    assert len(rows_of(output, manifest_of(output).tables["scenarios"])[0]) == 4


def test_a_complete_snapshot_is_not_written_again(filled: SparkSession, tmp_path: Path) -> None:
    """Killed between manifest and CURRENT: only CURRENT is missing."""
    first = run(filled, tmp_path)
    output = output_of(tmp_path)
    for name in (CURRENT, f".{CURRENT}.crc"):
        (output / name).unlink()
    before = files_of(output / "tables") | files_of(output / "snapshots")
    assert run(filled, tmp_path, "again") == first
    assert files_of(output / "tables") | files_of(output / "snapshots") == before
    assert (output / CURRENT).read_text() == first.snapshot_id


def test_what_was_rolled_back_from_stays_so(
    filled: SparkSession, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = output_of(tmp_path)
    first = run(filled, tmp_path)
    filled.sql(f"{DELETE} 'hard_brake'")
    second = run(filled, tmp_path)
    withdrawn = output / withdrawn_file(second.snapshot_id)
    withdrawn.parent.mkdir()
    withdrawn.touch()
    for name in (CURRENT, f".{CURRENT}.crc"):
        (output / name).unlink()
    (output / CURRENT).write_text(first.snapshot_id)
    before = files_of(output)
    given = arguments(tmp_path, CONTRACTS)
    line = ["--catalog", "lake", "--contracts", given.contracts, "--output", given.output, "--run_id", "r3"]
    assert publish.main(line) == 0
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "not published: it was rolled back from" in said
    assert files_of(output) == before
    filled.sql(f"{DELETE} 'cut_in'")
    assert run(filled, tmp_path).state is State.PUBLISHED


def test_old_snapshots_go_only_after_the_switch(filled: SparkSession, tmp_path: Path) -> None:
    output = output_of(tmp_path)
    ids = []
    for count in range(1, 8):
        put_rows(filled, "scenarios.scenarios", [scenario(index) for index in range(count)])
        outcome = run(filled, tmp_path, f"r{count}")
        ids.append(outcome.snapshot_id)
        assert outcome.removed == (1 if count > 5 else 0)
        if count == 5:
            assert run(filled, tmp_path).removed == 0
    kept = {path.stem for path in (output / "snapshots").glob("*.json")}
    assert kept == set(ids[-5:])
    versions = {path.name for path in (output / "tables" / "scenarios").iterdir()}
    assert versions == {manifest_of(output, name).tables["scenarios"].version for name in kept}
    assert len(list((output / "tables" / "drives").iterdir())) == 1
