"""Writing files so that nobody ever sees a part of one, and waiting for whoever else is at work on them."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""No space, none in the user's quota, none in the largest file that the shell allows (ulimit -f)."""
CAPITAL = re.compile(r"(?<!%)(?<!%[0-9A-F])[A-Z]")  # none of an escape's own digits


def quoted(name: str) -> str:
    """A file's name for the name of anything, which urllib's `unquote` gives back.

    Capitals are escaped too: two names that differ by case alone would be one file on macOS.
    """
    return CAPITAL.sub(lambda found: f"%{ord(found[0]):02X}", quote(name, safe=""))


def write_atomic(path: Path, data: bytes) -> None:
    """Replace a file so that a reader, or a kill in the middle, sees the old content or the new, never a part.

    The file is its owner's alone (0600).
    """
    with _written_beside(path, data) as temporary:
        temporary.replace(path)


def write_new(path: Path, data: bytes) -> bool:
    """Make a file, whole or not at all; False, and nothing changed, if there is one (a link never replaces a file)."""
    with _written_beside(path, data) as temporary:
        try:
            path.hardlink_to(temporary)
        except FileExistsError:
            return False
    return True


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock that is a file at `path`, as soon as nobody else does; it ends with its process at the latest."""
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if _is_at(path, file.fileno()):
                yield
                return


def _is_at(path: Path, descriptor: int) -> bool:
    """Whether an open file is still the one at `path`: whoever had its lock may have taken it away."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


@contextmanager
def _written_beside(path: Path, data: bytes) -> Iterator[Path]:
    """The data on disk, in a file of another name in the same folder, which is gone afterwards."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)
