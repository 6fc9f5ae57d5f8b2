"""Old snapshots go, those that matter stay."""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import SparkSession

from pipelines.publish.files import Files
from pipelines.publish.prune import KEPT_SNAPSHOTS, prune
from tests.pipelines.publish.snapshot_folders import complete, folders


def test_the_newest_snapshots_stay_and_those_that_matter(spark: SparkSession, tmp_path: Path) -> None:
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
