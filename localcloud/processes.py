"""Processes that outlive their starter, found again by pid and start time so that a reused pid is no match."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from localcloud.files import write_atomic

OPEN_FILES = 10_240
"""How many files a process of a cloud may hold open, where the machine allows it: macOS lets a shell's have 256."""

TOLERANCE_S = 2
"""Linux tells the time of its boot in whole seconds."""


def raise_open_files() -> None:
    """Let this process, and whatever it starts, hold OPEN_FILES files open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def start(record: Path, command: Sequence[str], environment: Mapping[str, str], log: Path) -> psutil.Process:
    """Start a process in a session of its own, its output appended to `log`, and note it in `record`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        started = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    process = psutil.Process(started.pid)
    try:
        write_atomic(record, identity(process))
    except OSError:
        # A process that nobody could find again must not stay.
        started.kill()
        started.wait()
        raise
    return process


def identity(process: psutil.Process) -> bytes:
    """What `find` knows a process by."""
    return json.dumps({"pid": process.pid, "started": after_boot_s(process)}).encode()


def after_boot_s(process: psutil.Process) -> float:
    """When it started. A time of day would be another one as soon as the machine's clock is set."""
    return process.create_time() - psutil.boot_time()


def find(record: Path) -> psutil.Process | None:
    """The process noted in `record` if it still runs, else None."""
    try:
        noted = json.loads(record.read_bytes())
        process = psutil.Process(noted["pid"])
        same = abs(after_boot_s(process) - noted["started"]) < TOLERANCE_S
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except (FileNotFoundError, psutil.NoSuchProcess):
        return None


def family(process: psutil.Process) -> list[psutil.Process]:
    """A process and all of its descendants; it may end meanwhile."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return [process]


def stop(records: Sequence[Path], timeout_s: float = 20.0) -> None:
    """End the noted processes: SIGTERM first, after the time-out SIGKILL for them and whatever they started."""
    running = [process for record in records if (process := find(record))]
    families = [member for process in running for member in family(process)]
    for process in running:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGTERM)
    _, left = psutil.wait_procs(families, timeout=timeout_s)
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=timeout_s)
    for record in records:
        record.unlink(missing_ok=True)
