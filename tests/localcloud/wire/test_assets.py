"""The content of assets and archives."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from localcloud.errors import LocalCloudError
from localcloud.wire.assets import members, read_asset
from localcloud.wire.typed import Archive, Asset


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of three files, one of them Pulumi's own bookkeeping."""
    for name in ("main.py", "pipelines/job.py", ".pulumi/state"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"text of {name}")
    return tmp_path


def test_an_asset_is_a_text_or_a_file(folder: Path) -> None:
    assert read_asset(Asset({"text": "hällo"}), None) == "hällo".encode()
    assert read_asset(Asset({"path": "main.py"}), folder) == b"text of main.py"
    assert read_asset(Asset({"path": str(folder / "main.py")}), None) == b"text of main.py"


def test_folder_archive_is_the_same_bytes_each_time(folder: Path) -> None:
    archive = Archive({"path": str(folder)})
    first = read_asset(archive, None)
    os.utime(folder / "main.py", (1, 1))
    assert read_asset(archive, None) == first
    assert zipfile.ZipFile(io.BytesIO(first)).namelist() == ["main.py", "pipelines/job.py"]
    mixed = Archive({"assets": {"a/x.txt": Asset({"text": "x"}), "b": archive}})
    names = zipfile.ZipFile(io.BytesIO(read_asset(mixed, None))).namelist()
    assert names == ["a/x.txt", "b/main.py", "b/pipelines/job.py"]


def test_an_archive_file_is_read_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "job.zip").write_bytes(b"PK")
    assert read_asset(Archive({"path": "job.zip"}), tmp_path) == b"PK"


def test_links_to_files_are_followed_and_links_to_folders_are_not(folder: Path) -> None:
    (folder / "link.py").symlink_to("main.py")
    (folder / "loop").symlink_to(".")
    assert dict(members(Archive({"path": "."}), folder)) == {
        "link.py": b"text of main.py",
        "main.py": b"text of main.py",
        "pipelines/job.py": b"text of pipelines/job.py",
    }


@pytest.mark.parametrize(
    ("asset", "message"),
    [
        (Asset({"uri": "https://example.com/x"}), "remote assets are not fetched"),
        (Archive({"uri": "https://example.com/x.zip"}), "remote assets are not fetched"),
        (Archive({"assets": {"x": Asset({"uri": "https://example.com/x"})}}), "remote assets are not fetched"),
        (Asset({"path": "missing"}), "cannot read the asset .*missing: No such file or directory"),
        (Archive({"path": "main.py"}), "neither a directory nor an archive"),
        (Archive({"assets": {"x": Archive({"path": "inner.zip"})}}), "inner.zip is an archive within another: give"),
    ],
)
def test_refusals(folder: Path, asset: Asset, message: str) -> None:
    with pytest.raises(LocalCloudError, match=message):
        read_asset(asset, folder)


def test_a_relative_path_that_nobody_says_the_start_of(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)  # where another file of the name is
    for asset in (Asset({"path": "main.py"}), Archive({"assets": {"x": Archive({"path": "pipelines"})}})):
        with pytest.raises(LocalCloudError, match=r"starts at the program's folder, .*: give an absolute path$"):
            read_asset(asset, None)
