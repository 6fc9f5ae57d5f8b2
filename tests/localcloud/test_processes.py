"""Processes that outlive their starter."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from localcloud import processes
from tests.paths import REPOSITORY
from tests.waiting import wait_for

PARENT = """\
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.signal(15, signal.SIG_IGN); signal.pause()"])
print(child.pid, flush=True)
child.wait()
"""


def test_a_process_is_found_again_by_pid_and_start_time(tmp_path: Path) -> None:
    record = tmp_path / "record.json"
    started = processes.start(record, [sys.executable, "-c", "input()"], {}, tmp_path / "log")
    ended = wait_for(lambda: processes.find(record), lambda found: found is None)  # standard input is empty
    assert ended is None
    own = psutil.Process()
    record.write_bytes(processes.identity(own))
    assert processes.find(record) == own
    record.write_text(json.dumps({"pid": own.pid, "started": processes.after_boot_s(own) - 60}))
    assert processes.find(record) is None, "the pid is another process's now"
    assert processes.find(tmp_path / "none.json") is None
    assert started.pid != own.pid
    assert "EOFError" in (tmp_path / "log").read_text()


def test_a_process_is_found_again_after_the_clock_was_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every time of day is another one then: of the boot, and of the process's start."""
    record, own = tmp_path / "record.json", psutil.Process()
    record.write_bytes(processes.identity(own))
    booted, created = psutil.boot_time(), own.create_time()
    monkeypatch.setattr(psutil, "boot_time", lambda: booted + 3600)
    monkeypatch.setattr(psutil.Process, "create_time", lambda _: created + 3600)
    assert processes.find(record) == own


def test_a_process_that_can_not_be_noted_does_not_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("full")

    monkeypatch.setattr(processes, "write_atomic", fail)
    with pytest.raises(OSError, match="full"):
        processes.start(tmp_path / "record.json", ["sleep", "600"], {"MARK": str(tmp_path)}, tmp_path / "log")
    assert not [one for one in psutil.Process().children() if one.name() == "sleep"]


def test_what_does_not_heed_sigterm_is_killed_with_its_parent(tmp_path: Path) -> None:
    record, log = tmp_path / "record.json", tmp_path / "log"
    processes.start(record, [sys.executable, "-c", PARENT], {}, log)
    child = psutil.Process(int(wait_for(log.read_text)))
    processes.stop([record], timeout_s=0.5)
    assert processes.find(record) is None
    wait_for(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, what="the child's end")
    assert not record.exists()


@pytest.mark.parametrize(
    ("soft", "hard", "raised"), [(256, 20_000, 10_240), (256, 4_096, 4_096), (20_000, 20_000, 20_000)]
)
def test_a_cloud_may_hold_many_files_open(soft: int, hard: int, raised: int) -> None:
    script = (
        "import resource; from localcloud.processes import raise_open_files\n"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))\n"
        "raise_open_files(); print(*resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert done.stdout == f"{raised} {hard}\n"
