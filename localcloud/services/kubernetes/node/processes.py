"""The processes of this machine, from /proc. Each container is a session of its own: its leader and all below it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class ProcessStat:
    """One process; `started` is in clock ticks since boot, and with the pid names it for good."""

    pid: int
    session: int
    started: int
    cpu_seconds: float
    memory_bytes: int
    zombie: bool


def read(pid: int) -> ProcessStat | None:
    """A process, or None if it is gone."""
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    used = sum(int(ticks) for ticks in fields[11:15]) / TICKS  # its own and that of children it has waited for
    return ProcessStat(pid, int(fields[3]), int(fields[19]), used, int(fields[21]) * PAGE, fields[0] == "Z")


def everything() -> list[ProcessStat]:
    pids = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]
    return [found for pid in pids if (found := read(pid)) is not None]


def signal_session(session: int, number: signal.Signals) -> None:
    """Send a signal to every process of a session."""
    for process in everything():
        if process.session == session and not process.zombie:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, number)


class ProcessRecords:
    """Which processes a node started, on disk, so that after a kill -9 its next start finds those left over."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, pid: int) -> None:
        process = read(pid)
        if process is not None:
            (self.folder / f"{pid}.json").write_text(json.dumps({"pid": pid, "started": process.started}))

    def discard(self, pid: int) -> None:
        (self.folder / f"{pid}.json").unlink(missing_ok=True)

    def kill_left_over(self, logs: Path) -> list[int]:
        """Kill what an earlier node left running: the sessions on record, and all that write below `logs`.

        The second finds a container started in the very moment before the kill, whose record was never written.
        """
        real = logs.resolve()
        sessions = {process.session for process in everything() if _writes_below(process.pid, real)}
        for path in self.folder.glob("*.json"):
            with contextlib.suppress(ValueError):  # cut off in the middle by the kill: the second way finds it
                record = json.loads(path.read_text())
                process = read(record["pid"])
                if process is not None and process.started == record["started"]:
                    sessions.add(record["pid"])
            path.unlink()
        sessions.discard(os.getsid(0))
        for session in sessions:
            signal_session(session, signal.SIGKILL)
        return sorted(sessions)


def _writes_below(pid: int, folder: Path) -> bool:
    try:
        return (PROC / str(pid) / "fd" / "1").readlink().is_relative_to(folder)
    except OSError:
        return False
