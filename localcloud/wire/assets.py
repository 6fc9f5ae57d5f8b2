"""Hashes of assets and archives, equal to those that Pulumi computes, so that both see the same changes."""

from __future__ import annotations

import hashlib
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from localcloud.engine.errors import EngineError
from localcloud.wire import values

ARCHIVE_SUFFIXES = (".tar", ".tgz", ".tar.gz", ".zip", ".jar")
BOOKKEEPING = ".pulumi"


def with_hashes(value: Any, folder: Path) -> Any:
    """The value with the hash of each asset and archive in it filled in; relative paths are below `folder`."""
    if isinstance(value, list):
        return [with_hashes(item, folder) for item in value]
    if not isinstance(value, dict):
        return value
    if values.signature(value) not in (values.ASSET, values.ARCHIVE):
        return {key: with_hashes(item, folder) for key, item in value.items()}
    if value.get("hash") or "uri" in value or values.contains_unknown(value):
        return value
    return {**value, "hash": asset_hash(value, folder) if _is_asset(value) else archive_hash(value, folder)}


def _is_asset(value: Any) -> bool:
    return values.signature(value) == values.ASSET


def asset_hash(asset: dict[str, Any], folder: Path) -> str:
    return hashlib.sha256(_content(asset, folder)).hexdigest()


def archive_hash(archive: dict[str, Any], folder: Path) -> str:
    """SHA-256 of the archive file, or of the tar that Pulumi would make of a directory or a map of assets."""
    path = archive.get("path")
    if path is not None and path.endswith(ARCHIVE_SUFFIXES):
        return hashlib.sha256(_read(folder / path)).hexdigest()
    digest = hashlib.sha256()
    seen: set[str] = set()
    for name, data in _members(archive, folder):
        if name not in seen:
            seen.add(name)
            digest.update(_tar_header(name, len(data)) + data + bytes(-len(data) % tarfile.BLOCKSIZE))
    digest.update(bytes(2 * tarfile.BLOCKSIZE))
    return digest.hexdigest()


def _content(asset: dict[str, Any], folder: Path) -> bytes:
    return _read(folder / asset["path"]) if "path" in asset else asset.get("text", "").encode()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise EngineError(f"cannot read the asset {path}: {error.strerror}") from None


def _members(archive: dict[str, Any], folder: Path) -> Iterator[tuple[str, bytes]]:
    if "path" in archive:
        yield from _directory(folder / archive["path"])
    for name, item in sorted(archive.get("assets", {}).items()):
        if _is_asset(item):
            yield name, _content(item, folder)
        else:
            for inner, data in _members(item, folder):
                yield f"{name}/{inner}", data


def _directory(root: Path) -> Iterator[tuple[str, bytes]]:
    if not root.is_dir():
        raise EngineError(f"{root} is neither a directory nor an archive ({', '.join(ARCHIVE_SUFFIXES)})")

    def walk(folder: Path) -> Iterator[tuple[str, bytes]]:
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            if entry.name == BOOKKEEPING:
                continue
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                yield from walk(path)
            elif not path.is_dir():
                yield path.relative_to(root).as_posix(), _read(path)

    yield from walk(root)


def _tar_header(name: str, size: int) -> bytes:
    """A tar header as Go's archive/tar writes it: Python's leaves the device numbers empty, Go's writes zeros."""
    member = tarfile.TarInfo(name)
    member.mode, member.size, member.mtime = 0o600, size, 0
    header = bytearray(member.tobuf(tarfile.USTAR_FORMAT))
    header[329:345] = b"0000000\0" * 2
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)
