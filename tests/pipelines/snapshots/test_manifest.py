"""A snapshot's layout: what both sides of the serving bucket agree on."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from pipelines.snapshots.manifest import (
    Manifest,
    ManifestError,
    Shard,
    TableVersion,
    manifest_file,
    version_file,
    version_folder,
    withdrawn_file,
)
from pipelines.snapshots.served_table import ServedColumn, ServedTable

TABLE = ServedTable(
    name="drives",
    doc="Drives.",
    columns=(ServedColumn("drive_id", "string", True, "Its id."), ServedColumn("start_time", "timestamptz", True, "")),
    by=("drive_id",),
    time=("start_time",),
    cell=None,
    order=("start_time", "drive_id"),
)
SHARDS = (Shard(2, 8192, "ab", ("shard=0/part-0.parquet",)), Shard(1, 4096, "cd", ("shard=1/a", "shard=1/b")))
VERSION = TableVersion(TABLE, "ef12", SHARDS, "lake.drive_logs.drives", None)
MANIFEST = Manifest("ab12", "2026-11-22T08:00:00.000000+00:00", "run-1", {"drives": VERSION})


def test_a_manifest_comes_back() -> None:
    assert Manifest.from_json(MANIFEST.to_json()) == MANIFEST
    assert Manifest.from_json(MANIFEST.to_json().encode()) == MANIFEST
    assert TableVersion.from_json(VERSION.to_json()) == VERSION


def test_a_manifest_is_text_as_it_always_was() -> None:
    """Snapshots that lie in buckets are read by every later version."""
    value = json.loads(MANIFEST.to_json())
    assert list(value) == ["snapshot_id", "created_at", "run_id", "tables"]
    assert list(value["tables"]["drives"]) == ["table", "version", "shards", "source", "source_state"]
    assert list(value["tables"]["drives"]["shards"][0]) == ["rows", "size", "sha256", "files"]
    assert list(value["tables"]["drives"]["table"]) == ["name", "doc", "columns", "by", "time", "cell", "order"]
    assert MANIFEST.to_json() == json.dumps(value, indent=1) + "\n"
    assert json.loads(VERSION.to_json()) == value["tables"]["drives"]


def test_what_a_later_version_says_more_is_passed_over() -> None:
    value = json.loads(MANIFEST.to_json())
    drives = value["tables"]["drives"]
    for place in (value, drives, drives["table"], drives["table"]["columns"][0], drives["shards"][1]):
        place["more"] = 7
    assert Manifest.from_json(json.dumps(value)) == MANIFEST


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"tables": []}', '{"tables": {"drives": {"rows": 1}}}', b"\xff"])
def test_anything_else_is_no_manifest(text: str | bytes) -> None:
    with pytest.raises(ManifestError, match=r"^not the manifest of a snapshot: "):
        Manifest.from_json(text)
    with pytest.raises(ManifestError, match=r"^not the description of a table's version: "):
        TableVersion.from_json(text)


def test_rows_are_those_of_all_shards() -> None:
    assert VERSION.rows == 3


def test_names_lie_below_the_address_of_all_snapshots() -> None:
    assert manifest_file("ab12") == "snapshots/ab12.json"
    assert withdrawn_file("ab12") == "withdrawn/ab12"
    assert VERSION.folder == version_folder("drives", "ef12") == "tables/drives/ef12"
    assert version_file("drives", "ef12") == "tables/drives/ef12/_table.json"


def test_it_needs_nothing_of_either_side() -> None:
    """The service has no Spark and the job no client of a bucket."""
    program = (
        "import sys; from pipelines.snapshots import database, manifest, parts, served_table; "
        "print({'pyspark', 'google', 'pyarrow', 'orjson', 'pydantic'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "set()\n"
