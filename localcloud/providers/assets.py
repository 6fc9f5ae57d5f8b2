"""The bytes of Pulumi assets and archives."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from localcloud.providers.errors import ProviderError
from localcloud.providers.values import Archive, Asset

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip entry can have: the same content gives the same bytes."""


def read_asset(asset: Asset, folder: Path | None) -> bytes:
    """The bytes of an asset, or of an archive as a zip file. Errors: ProviderError if it is missing or remote."""
    if asset.get("uri") is not None:
        raise ProviderError(f"remote assets are not fetched ({asset.get('uri')}); use a file, a folder or a text")
    if isinstance(asset, Archive):
        return _read_archive(asset, folder)
    if asset.get("path") is not None:
        return _read_file(_locate(asset.get("path"), folder))
    return str(asset.get("text") or "").encode()


def _read_archive(archive: Archive, folder: Path | None) -> bytes:
    if archive.get("path") is not None:
        path = _locate(archive.get("path"), folder)
        if path.is_file():
            return _read_file(path)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in sorted(_members(archive, folder)):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            file.writestr(entry, data)
    return buffer.getvalue()


def _members(archive: Archive, folder: Path | None) -> Iterator[tuple[str, bytes]]:
    if archive.get("path") is not None:
        root = _locate(archive.get("path"), folder)
        yield from ((str(path.relative_to(root)), _read_file(path)) for path in root.rglob("*") if path.is_file())
        return
    for name, item in archive.get("assets") or ():
        if isinstance(item, Archive):
            yield from ((f"{name}/{inner}", data) for inner, data in _members(item, folder))
        else:
            yield name, read_asset(item, folder)


def _locate(path: str, folder: Path | None) -> Path:
    found = Path(path) if folder is None else folder / path
    if not found.exists():
        advice = "" if found.is_absolute() else " (give an absolute path: the provider runs in another folder)"
        raise ProviderError(f"there is no file or folder {path!r}{advice}")
    return found


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ProviderError(f"cannot read {path}: {error.strerror}") from error
