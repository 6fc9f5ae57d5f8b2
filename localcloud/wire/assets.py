"""The content of assets and archives, in one walk: the engine hashes it (hashes.py), providers read it."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

from localcloud.errors import LocalCloudError, one_line
from localcloud.wire.typed import Archive, Asset

ARCHIVE_SUFFIXES = (".tar", ".tgz", ".tar.gz", ".zip", ".jar")
BOOKKEEPING = ".pulumi"
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip entry can have: the same content gives the same bytes."""


def read_asset(asset: Asset, folder: Path | None) -> bytes:
    """The bytes of an asset, or of an archive: its file as it is, else a zip file of its members.

    Relative paths are below `folder`. Errors: LocalCloudError if something of it is missing or remote.
    """
    return _zip(asset, folder) if has_members(asset) else content(asset, folder)


def has_members(asset: Asset) -> bool:
    """Whether it is a folder or a map of assets, and not one file or text."""
    return isinstance(asset, Archive) and not (asset.get("path") or "").endswith(ARCHIVE_SUFFIXES)


def content(asset: Asset, folder: Path | None) -> bytes:
    """The bytes of an asset or of an archive file."""
    _refuse_remote(asset)
    path = asset.get("path")
    return str(asset.get("text") or "").encode() if path is None else _read(_locate(path, folder))


def members(archive: Asset, folder: Path | None) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each file in a folder or map of assets, in the order in which Pulumi hashes them."""
    _refuse_remote(archive)
    if archive.get("path") is not None:
        yield from _files(_locate(archive.get("path"), folder))
    for name, item in sorted((archive.get("assets") or {}).items()):
        if isinstance(item, Archive):
            if not has_members(item):
                raise LocalCloudError(f"{item.get('path')} is an archive within another: give its folder or its files")
            yield from ((f"{name}/{inner}", data) for inner, data in members(item, folder))
        else:
            yield name, content(item, folder)


def _files(root: Path) -> Iterator[tuple[str, bytes]]:
    if not root.is_dir():
        raise LocalCloudError(f"{root} is neither a directory nor an archive ({', '.join(ARCHIVE_SUFFIXES)})")
    for entry in sorted(os.scandir(root), key=lambda entry: entry.name):
        if entry.name == BOOKKEEPING:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from ((f"{entry.name}/{inner}", data) for inner, data in _files(Path(entry.path)))
        elif not entry.is_dir():
            yield entry.name, _read(Path(entry.path))


def _zip(archive: Asset, folder: Path | None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in sorted(members(archive, folder)):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            file.writestr(entry, data)
    return buffer.getvalue()


def _refuse_remote(asset: Asset) -> None:
    if asset.get("uri") is not None:
        raise LocalCloudError(f"remote assets are not fetched ({asset.get('uri')}); use a file, a folder or a text")


def _locate(path: str, folder: Path | None) -> Path:
    """Where a path of an asset leads. What is at a relative one in this process's own folder is another file."""
    if folder is not None:
        return folder / path
    found = Path(path)
    if not found.is_absolute():
        raise LocalCloudError(
            f"{path!r} starts at the program's folder, and the Pulumi CLI does not tell an attached provider where "
            "that is: give an absolute path"
        )
    return found


def _read(path: Path) -> bytes:
    with one_line(f"cannot read the asset {path}"):
        return path.read_bytes()
