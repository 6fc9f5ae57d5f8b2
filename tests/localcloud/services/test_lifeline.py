"""A child ends with its parent, and its Python sees what it should."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from localcloud.services import lifeline
from tests.waiting import wait_for

CHILD = """\
import os, subprocess, sys, time
from localcloud.services import lifeline
lifeline.hold_on(lambda line: print("told", line.decode().strip(), flush=True))
grandchild = subprocess.Popen(["sleep", "600"])
print("standard input", repr(sys.stdin.read()), "grandchild", grandchild.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def child(tmp_path: Path) -> subprocess.Popen[bytes]:
    environment = lifeline.python_environment(os.environ)
    return lifeline.start([sys.executable, "-c", CHILD], environment, tmp_path, tmp_path / "logs" / "log")


def grandchild(log: Path) -> psutil.Process:
    words = wait_for(log.read_text, lambda text: "grandchild" in text and text.endswith("\n")).split()
    return psutil.Process(int(words[words.index("grandchild") + 1]))


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_it_hears_lines_and_ends_with_all_it_started_when_they_end(
    child: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    log = tmp_path / "logs" / "log"
    below = grandchild(log)
    assert "standard input ''" in log.read_text(), "nothing can take the lines away"
    assert child.stdin is not None
    child.stdin.write(b"go on\n")
    child.stdin.flush()
    wait_for(log.read_text, lambda text: "told go on" in text)
    child.stdin.close()  # what the parent's end does too
    assert child.wait(timeout=30) == -9
    wait_for(lambda: gone(below), what="the grandchild's end")


def test_its_whole_group_can_be_killed_more_than_once(child: subprocess.Popen[bytes], tmp_path: Path) -> None:
    below = grandchild(tmp_path / "logs" / "log")
    lifeline.kill(child)
    lifeline.kill(child)
    assert child.returncode == -9
    wait_for(lambda: gone(below), what="the grandchild's end")


def test_a_job_finds_its_own_modules_first_and_localcloud_last() -> None:
    root = str(lifeline.PACKAGE_ROOT)
    assert lifeline.python_environment({})["PYTHONPATH"] == root
    path = lifeline.python_environment({"PYTHONPATH": f"/own{os.pathsep}{root}"})["PYTHONPATH"]
    assert path.split(os.pathsep) == ["/own", root]


def test_a_job_does_not_find_what_lies_beside_localcloud(monkeypatch: pytest.MonkeyPatch) -> None:
    root = str(lifeline.PACKAGE_ROOT)
    monkeypatch.setenv("PYTHONPATH", f"/own{os.pathsep}{root}")
    monkeypatch.setattr(sys, "path", ["/own", root, "/other"])
    lifeline.hide_package()
    assert (sys.path, os.environ["PYTHONPATH"]) == (["/own", "/other"], "/own")
