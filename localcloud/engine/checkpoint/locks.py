"""The lock of a stack: one operation at a time, ours or the real CLI's."""

from __future__ import annotations

import getpass
import json
import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from localcloud.engine.checkpoint.backend import StackFiles, write
from localcloud.errors import LocalCloudError, one_line


@contextmanager
def locked(files: StackFiles) -> Iterator[list[str]]:
    """Hold the stack's lock; gives messages about locks of dead processes that were cleared.

    As Pulumi does: look, write one's own lock, look again. Two that start at the same instant may both be refused.
    """
    cleared = _refuse_if_held(files, None)
    path = files.locks / f"{uuid.uuid4()}.json"
    write(path, json.dumps(_identity()).encode())
    try:
        _refuse_if_held(files, path)
        yield cleared
    finally:
        path.unlink(missing_ok=True)


def _identity() -> dict[str, Any]:
    return {
        "pid": os.getpid(),
        "username": _user(),
        "hostname": socket.gethostname(),
        "timestamp": datetime.now(UTC).isoformat(),
    }


def _user() -> str:
    """Who runs this: the user's name, or the number of one that the machine does not know, as in containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _refuse_if_held(files: StackFiles, own: Path | None) -> list[str]:
    cleared = []
    for path in sorted(files.locks.glob("*.json")):
        if path == own:
            continue
        with one_line(f"cannot read {path}"):
            try:
                text = path.read_bytes()
            except FileNotFoundError:
                continue
        try:
            holder = json.loads(text)
        except ValueError:
            raise LocalCloudError(
                f"the stack is locked by {path}, which is unreadable: delete it if nothing runs"
            ) from None
        user, host, pid = (holder.get(key) for key in ("username", "hostname", "pid"))
        who = f"{user}@{host} (pid {pid}) since {holder.get('timestamp')}"
        if holder.get("hostname") != socket.gethostname() or _is_alive(int(holder.get("pid", 0))):
            raise LocalCloudError(
                f"the stack {files.stack!r} is locked by {who}: wait for it, or if it is gone delete {path}"
            )
        path.unlink(missing_ok=True)
        cleared.append(f"removed the lock of {who}: that process is gone")
    return cleared


def _is_alive(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
