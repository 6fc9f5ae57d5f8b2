"""The processes of this machine. Each container is a session of its own: its leader and all below it."""

from __future__ import annotations

import contextlib
import os
import signal
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import psutil

from localcloud import processes
from localcloud.services.kubernetes.controllers.resource_usage import Usage

STDOUT = 1


def sessions() -> dict[int, list[int]]:
    """The processes of every session."""
    found: dict[int, list[int]] = defaultdict(list)
    for pid in psutil.pids():
        with contextlib.suppress(OSError):  # gone, or another user's
            found[os.getsid(pid)].append(pid)
    return found


def usage(pids: Iterable[int]) -> Usage:
    """What processes use in all, with what children used that they have waited for (where the system tells)."""
    cpu, memory = 0.0, 0
    for pid in pids:
        with contextlib.suppress(psutil.Error):  # gone
            process = psutil.Process(pid)
            with process.oneshot():
                cpu += sum(process.cpu_times()[:4])  # user, system, and both of the children
                memory += process.memory_info().rss
    return Usage(cpu, memory)


def signal_session(session: int, number: signal.Signals) -> None:
    """Send a signal to every process of a session."""
    for pid in sessions().get(session, []):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


class ProcessRecords:
    """Which processes a node started, on disk, so that after a kill -9 its next start finds those left over."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def _path(self, pid: int) -> Path:
        return self.folder / f"{pid}.json"

    def add(self, pid: int) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            self._path(pid).write_bytes(processes.identity(psutil.Process(pid)))

    def discard(self, pid: int) -> None:
        self._path(pid).unlink(missing_ok=True)

    def kill_left_over(self, logs: Path) -> list[int]:
        """Kill what an earlier node left running: the sessions on record, and all that write below `logs`.

        The second finds a container started in the very moment before the kill, whose record was never written.
        """
        real = logs.resolve()
        found = {session for session, pids in sessions().items() if any(writes_below(pid, real) for pid in pids)}
        for path in self.folder.glob("*.json"):
            with contextlib.suppress(ValueError):  # cut off in the middle by the kill: the second way finds it
                process = processes.find(path)
                found |= {process.pid} if process else set()
            path.unlink()
        found.discard(os.getsid(0))
        for session in found:
            signal_session(session, signal.SIGKILL)
        return sorted(found)


def writes_below(pid: int, folder: Path) -> bool:
    """Whether a process's standard output is a file there."""
    try:
        files = psutil.Process(pid).open_files()
        return any(file.fd == STDOUT and Path(file.path).is_relative_to(folder) for file in files)
    except psutil.Error:
        return False
