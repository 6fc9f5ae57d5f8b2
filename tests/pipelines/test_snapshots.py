"""A snapshot's layout: what both sides of the serving bucket agree on."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from pipelines.snapshots import (
    DRIVES,
    SCENARIOS,
    TABLES,
    Manifest,
    ManifestError,
    PublishedTable,
    TableContent,
    manifest_file,
    table_folder,
)
from tests.pipelines.datasets import CONTRACTS

CONTENT = TableContent(
    rows=3,
    columns=[{"name": "drive_id", "type": "string"}],
    sort=["drive_id"],
    files=["drives/part-1.parquet", "drives/part-0.parquet"],
    source="lake.drive_logs.drives",
    source_snapshot_id=None,
)
MANIFEST = Manifest("ab12", "2026-11-22T08:00:00.000000+00:00", "run-1", {"drives": CONTENT})


def test_a_manifest_comes_back() -> None:
    assert Manifest.from_json(MANIFEST.to_json()) == MANIFEST
    assert Manifest.from_json(MANIFEST.to_json().encode()) == MANIFEST


def test_a_manifest_is_text_as_it_always_was() -> None:
    """Snapshots that lie in buckets are read by every later version."""
    value = json.loads(MANIFEST.to_json())
    assert list(value) == ["snapshot_id", "created_at", "run_id", "tables"]
    assert list(value["tables"]["drives"]) == ["rows", "columns", "sort", "files", "source", "source_snapshot_id"]
    assert MANIFEST.to_json() == json.dumps(value, indent=1) + "\n"


def test_what_a_later_version_says_more_is_passed_over() -> None:
    value = json.loads(MANIFEST.to_json())
    value["compression"] = "zstd"
    value["tables"]["drives"]["bytes"] = 7
    assert Manifest.from_json(json.dumps(value)) == MANIFEST


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"tables": []}', '{"tables": {"drives": {"rows": 1}}}', b"\xff"])
def test_anything_else_is_no_manifest(text: str | bytes) -> None:
    with pytest.raises(ManifestError, match="not the manifest of a snapshot"):
        Manifest.from_json(text)


def test_names_lie_below_the_snapshot_s_folder() -> None:
    assert manifest_file("ab12") == "ab12/manifest.json"
    assert table_folder("ab12", DRIVES) == "ab12/drives"
    assert MANIFEST.files_of(DRIVES) == ["ab12/drives/part-1.parquet", "ab12/drives/part-0.parquet"]
    with pytest.raises(KeyError):
        MANIFEST.files_of(SCENARIOS)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_published_tables_and_their_order_are_the_contracts(table: PublishedTable) -> None:
    columns = [column.name for column in CONTRACTS.table(table.source).columns]
    assert set(table.sort) <= set(columns)
    assert len(set(table.sort)) == len(table.sort)


def test_it_needs_nothing_of_either_side() -> None:
    """The service has no Spark and the job no web framework."""
    program = "import sys, pipelines.snapshots; print({'pyspark', 'fastapi', 'pyarrow'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "set()\n"
