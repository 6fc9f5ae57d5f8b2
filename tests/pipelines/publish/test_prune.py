"""Old snapshots go with their tables' versions, those that matter stay."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from pipelines.publish.files import Files
from pipelines.publish.prune import KEPT_SNAPSHOTS, prune, read_manifests, versions_there
from pipelines.snapshots.manifest import Manifest, Shard, TableVersion, manifest_file, version_file
from pipelines.snapshots.served_table import ServedTable

TABLE = ServedTable("things", "", (), ("a",), (), None, ("a",))


@pytest.fixture
def files(spark: SparkSession, tmp_path: Path) -> Files:
    return Files(spark, tmp_path.as_uri())


def put(files: Files, name: str, day: int, version: str) -> str:
    """A snapshot as an earlier run left it, with a table's version."""
    table = TableVersion(TABLE, version, (Shard(1, 1, "", ("shard=0/part-0.parquet",)),), "lake.n.things", 1)
    files.write(f"{table.folder}/shard=0/part-0.parquet", "rows")
    files.write(version_file("things", version), table.to_json())
    created_at = f"2026-03-0{day}T00:00:00.000000+00:00"
    files.write(manifest_file(name), Manifest(name, created_at, "run-0", {"things": table}).to_json())
    return name


def test_the_newest_snapshots_stay_and_those_that_matter(files: Files) -> None:
    names = [put(files, f"s{day}", day, f"v{day // 2}") for day in range(1, 10)]
    files.write("tables/things/left/shard=0/part-0.parquet", "half")
    versions = versions_there(files)
    assert sorted(versions) == [("things", name) for name in ("left", "v0", "v1", "v2", "v3", "v4")]
    files.write("tables/things/later/shard=0/part-0.parquet", "half")
    removed = prune(files, read_manifests(files), "s1", "s6", versions)
    assert removed == ["s2", "s3", "s4"]
    assert sorted(read_manifests(files)) == sorted(set(names) - set(removed))
    assert len(names) - len(removed) == KEPT_SNAPSHOTS + 1
    # v1 was that of s2 and s3 alone; v2 is also that of s5.
    assert files.folders("tables/things") == ["later", "v0", "v2", "v3", "v4"]
    assert files.read("tables/things/v2/shard=0/part-0.parquet") == "rows"
    assert prune(files, read_manifests(files), "s9", None, []) == ["s1"]


def test_a_damaged_manifest_is_as_good_as_none(files: Files) -> None:
    for day in range(1, 6):
        put(files, f"s{day}", day, "v")
    files.write(manifest_file("damaged"), "{")
    manifests = read_manifests(files)
    assert manifests["damaged"] is None
    assert prune(files, manifests, "s5", None, []) == ["damaged"]


def test_before_the_first_snapshot_there_is_nothing(files: Files) -> None:
    assert read_manifests(files) == {}
    assert list(versions_there(files)) == []
