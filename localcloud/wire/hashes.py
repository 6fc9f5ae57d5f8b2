"""Hashes of assets and archives, equal to those that Pulumi computes, so that both see the same changes."""

from __future__ import annotations

import hashlib
import tarfile
from pathlib import Path
from typing import Any

from localcloud.wire import values
from localcloud.wire.assets import content, has_members, members
from localcloud.wire.typed import Asset, typed


def with_hashes(value: Any, folder: Path) -> Any:
    """The value (in the wire's form) with the hash of each asset and archive in it; relative paths are below `folder`.

    One with something unknown or remote in it has none.
    """
    if isinstance(value, list):
        return [with_hashes(item, folder) for item in value]
    if not isinstance(value, dict):
        return value
    if not values.is_asset(value):
        return {key: with_hashes(item, folder) for key, item in value.items()}
    if value.get("hash") or values.contains_unknown(value) or values.contains(value, _is_remote):
        return value
    return {**value, "hash": content_hash(typed(value), folder)}


def content_hash(asset: Asset, folder: Path) -> str:
    """SHA-256 of an asset, of an archive file, or of the tar that Pulumi would make of an archive's members."""
    if not has_members(asset):
        return hashlib.sha256(content(asset, folder)).hexdigest()
    digest = hashlib.sha256()
    seen: set[str] = set()
    for name, data in members(asset, folder):
        if name not in seen:
            seen.add(name)
            digest.update(_tar_header(name, len(data)) + data + bytes(-len(data) % tarfile.BLOCKSIZE))
    digest.update(bytes(2 * tarfile.BLOCKSIZE))
    return digest.hexdigest()


def _is_remote(value: Any) -> bool:
    return values.is_asset(value) and "uri" in value


def _tar_header(name: str, size: int) -> bytes:
    """A tar header as Go's archive/tar writes it: Python's leaves the device numbers empty, Go's writes zeros."""
    member = tarfile.TarInfo(name)
    member.mode, member.size, member.mtime = 0o600, size, 0
    header = bytearray(member.tobuf(tarfile.USTAR_FORMAT))
    header[329:345] = b"0000000\0" * 2
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)
