"""JSON records on disk by resource name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from localcloud.files import quoted, write_atomic, write_new
from localcloud.services.common import GoogleError

LONGEST_FILE_NAME = 255  # bytes, on every file system that a cloud may lie on


def record_path(folder: Path, name: str) -> Path:
    """The file of a record. Errors: 400 for a name that no file can have."""
    file_name = f"{quoted(name)}.json"
    if len(file_name) > LONGEST_FILE_NAME:
        raise GoogleError(400, f"{name[:40]}... is too long: names of localcloud end at {LONGEST_FILE_NAME} bytes")
    return folder / file_name


class RecordStore:
    """JSON records on disk, one file a record, keyed by resource name (slashes allowed). Safe for threads.

    Two who read a record, change it and put it back still need a lock of their own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def _path(self, name: str) -> Path:
        return record_path(self.folder, name)

    def get(self, name: str) -> dict[str, Any] | None:
        try:
            return json.loads(self._path(name).read_bytes())
        except FileNotFoundError:
            return None

    def require(self, name: str) -> dict[str, Any]:
        """The record, or a 404 in Google's shape."""
        record = self.get(name)
        if record is None:
            raise GoogleError(404, f"{name} was not found", "notFound")
        return record

    def put(self, name: str, record: dict[str, Any]) -> dict[str, Any]:
        write_atomic(self._path(name), json.dumps(record).encode())
        return record

    def create(self, name: str, record: dict[str, Any]) -> dict[str, Any]:
        """Put a new record; a 409 in Google's shape if there is one of that name."""
        if not write_new(self._path(name), json.dumps(record).encode()):
            raise GoogleError(409, f"{name} already exists", "conflict")
        return record

    def delete(self, name: str) -> dict[str, Any]:
        record = self.require(name)
        self._path(name).unlink(missing_ok=True)
        return record

    def items(self, prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
        """Records whose names begin with `prefix`, by file name; one that is deleted meanwhile is left out."""
        for path in sorted(self.folder.glob("*.json")):
            name = unquote(path.name.removesuffix(".json"))
            record = self.get(name) if name.startswith(prefix) else None
            if record is not None:
                yield name, record
