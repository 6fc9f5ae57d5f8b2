"""The processes of a session, what they use, and those that a killed node left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from localcloud.services.kubernetes.node.processes import ProcessRecords, sessions, signal_session, usage
from tests.localcloud.services.kubernetes.harness import wait


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a session of its own, with a child, that writes into a log; ended by the test's end."""
    script = "import subprocess, sys; subprocess.Popen(['sleep', '600']); print('up', flush=True); sys.stdin.read()"
    (tmp_path / "logs").mkdir()
    with (tmp_path / "logs" / "0.log").open("wb") as log:
        argv = [sys.executable, "-c", f"import os; os.dup2(1, 2); {script}"]
        process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=log, start_new_session=True)
    while not (tmp_path / "logs" / "0.log").read_bytes():
        assert process.poll() is None
    yield process
    signal_session(process.pid, signal.SIGKILL)
    process.communicate()


def alive(session: int) -> list[int]:
    """The processes of a session that have not ended."""
    pids = sessions().get(session, [])
    return [pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE]


def test_a_process_is_known_by_its_session_and_what_it_uses() -> None:
    assert os.getpid() in sessions()[os.getsid(0)]
    own = usage([os.getpid()])
    assert own.memory_bytes > 2**20
    assert own.cpu_seconds > 0
    assert usage([os.getpid(), 2**22 + 1]).memory_bytes >= own.memory_bytes / 2  # the other is above the highest pid
    assert usage([]) == (0, 0)


def test_a_signal_reaches_all_of_a_session(sleeper: subprocess.Popen[bytes]) -> None:
    assert len(alive(sleeper.pid)) == 2
    signal_session(sleeper.pid, signal.SIGKILL)
    assert sleeper.wait() == -signal.SIGKILL
    wait(lambda: alive(sleeper.pid) == [], "the end of the session's other process")


@pytest.mark.parametrize("recorded", [True, False])
def test_what_was_left_running_is_found_by_its_record_or_by_its_log(
    sleeper: subprocess.Popen[bytes], tmp_path: Path, recorded: bool
) -> None:
    records, logs = ProcessRecords(tmp_path / "processes"), tmp_path / "logs"
    if recorded:
        records.add(sleeper.pid)
        logs = tmp_path / "elsewhere"
    assert records.kill_left_over(logs) == [sleeper.pid]
    assert sleeper.wait() == -signal.SIGKILL
    assert list(records.folder.iterdir()) == []


def test_another_process_with_the_number_of_one_on_record_is_left_alone(
    sleeper: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    records = ProcessRecords(tmp_path / "processes")
    (records.folder / f"{sleeper.pid}.json").write_text(json.dumps({"pid": sleeper.pid, "started": 1}))
    (records.folder / "7.json").write_text('{"pid": 7, "sta')  # cut off in the middle
    assert records.kill_left_over(tmp_path / "elsewhere") == []
    assert sleeper.poll() is None
