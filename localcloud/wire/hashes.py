"""Hashes of assets and archives, equal to those that Pulumi computes, so that both see the same changes."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from localcloud.wire import tar, values
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
    parts = {"assets": with_hashes(value["assets"], folder)} if "assets" in value else {}
    return {**value, **parts, "hash": content_hash(typed(value), folder)}


def content_hash(asset: Asset, folder: Path) -> str:
    """SHA-256 of an asset, of an archive file, or of the tar that Pulumi would make of an archive's members."""
    if not has_members(asset):
        return hashlib.sha256(content(asset, folder)).hexdigest()
    digest = hashlib.sha256()
    seen: set[str] = set()
    for name, data in members(asset, folder):
        if name not in seen:
            seen.add(name)
            digest.update(tar.header(name, len(data)) + tar.padded(data))
    digest.update(tar.END)
    return digest.hexdigest()


def _is_remote(value: Any) -> bool:
    return values.is_asset(value) and "uri" in value
