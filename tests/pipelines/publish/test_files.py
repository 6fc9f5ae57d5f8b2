"""Files through Spark's file system: whole, and only where nobody else wrote meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from pipelines.publish.files import Files, PublishConflictError


@pytest.fixture
def files(spark: SparkSession, tmp_path: Path) -> Files:
    return Files(spark, tmp_path.as_uri())


def test_replace_is_conditional(files: Files) -> None:
    assert files.read("CURRENT") is None
    files.replace("CURRENT", "one", expected=None)
    with pytest.raises(PublishConflictError, match="CURRENT"):
        files.replace("CURRENT", "two", expected=None)
    with pytest.raises(PublishConflictError, match="changed by another run"):
        files.replace("CURRENT", "two", expected="zero")
    files.replace("CURRENT", "two", expected="one")
    assert files.read("CURRENT") == "two"


def test_files_and_folders_are_found_by_name(files: Files, tmp_path: Path) -> None:
    for name in ("b/part-1.parquet", "b/part-0.parquet", "b/_SUCCESS", "a/x/deep", "CURRENT"):
        files.write(name, name)
    files.write("b/x/deep", "text")
    assert files.folders("") == ["a", "b"]
    assert files.folders("b") == ["x"]
    assert files.names("b") == ["_SUCCESS", "part-0.parquet", "part-1.parquet"]
    assert (files.folders("c"), files.names("c")) == ([], [])
    assert files.read("b/part-1.parquet") == "b/part-1.parquet"
    assert files.address("b") == f"{tmp_path.as_uri()}/b"


def test_a_folder_is_deleted_with_all_below_it(files: Files) -> None:
    files.write("a/x/deep", "text")
    files.delete("a")
    files.delete("a")
    assert files.folders("") == []
    assert files.read("a/x/deep") is None


def test_a_file_that_is_there_is_written_over_only_if_asked_for(files: Files) -> None:
    files.write("a", "one")
    files.write("a", "ünicode")
    with pytest.raises(PublishConflictError, match="/a was written by another run meanwhile"):
        files.write("a", "three", overwrite=False)
    assert files.read("a") == "ünicode"
