"""The bytes of assets."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

from localcloud.providers.assets import read_asset
from localcloud.providers.values import Archive, Asset


def test_folder_archive_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "job.py").write_text("print()")
    (tmp_path / "main.py").write_text("import pipelines")
    archive = Archive((("path", str(tmp_path)),))
    first = read_asset(archive, None)
    os.utime(tmp_path / "main.py", (1, 1))
    assert read_asset(archive, None) == first
    assert zipfile.ZipFile(io.BytesIO(first)).namelist() == ["main.py", "pipelines/job.py"]
    mixed = Archive((("assets", (("a/x.txt", Asset((("text", "x"),))), ("b", archive))),))
    names = zipfile.ZipFile(io.BytesIO(read_asset(mixed, None))).namelist()
    assert names == ["a/x.txt", "b/main.py", "b/pipelines/job.py"]
