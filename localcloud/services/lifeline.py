"""A child process ends with its parent, however that ends: its standard input is a pipe that only the parent holds.

(PR_SET_PDEATHSIG would follow the thread that started the child, and a server's threads come and go.)
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

PACKAGE_ROOT = Path(__file__).resolve().parents[2]


def start(
    argv: list[str], environment: Mapping[str, str], folder: Path, log: Path, pass_fds: tuple[int, ...] = ()
) -> subprocess.Popen[bytes]:
    """Start a child in a process group of its own that calls `hold_on`; its output is appended to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            argv,
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
            pass_fds=pass_fds,
        )


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a child and its whole group at once, and wait for it."""
    with contextlib.suppress(ProcessLookupError):  # it ended by itself
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def hold_on(on_line: Callable[[bytes], None] = lambda line: None) -> None:
    """In the child: give each line of standard input to `on_line`; at its end kill this process's group.

    Standard input itself becomes empty, so that nothing this process runs can take lines away.
    """
    lines = os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), sys.stdin.fileno())

    def follow() -> None:
        try:
            for line in lines:
                on_line(line)
        finally:  # a line that fails is no reason to outlive the parent
            os.killpg(0, signal.SIGKILL)

    threading.Thread(target=follow, name="lifeline", daemon=True).start()


def python_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` in which the child's Python also finds this package, after everything else."""
    path = [*filter(None, environment.get("PYTHONPATH", "").split(os.pathsep)), str(PACKAGE_ROOT)]
    return {**environment, "PYTHONPATH": os.pathsep.join(dict.fromkeys(path)), "PYTHONUNBUFFERED": "1"}


def hide_package() -> None:
    """In the child: take the folder that localcloud lies in off the path. A job must bring its own modules."""
    root = str(PACKAGE_ROOT)
    sys.path[:] = [entry for entry in sys.path if entry != root]
    others = [entry for entry in os.environ.pop("PYTHONPATH", "").split(os.pathsep) if entry not in ("", root)]
    if others:
        os.environ["PYTHONPATH"] = os.pathsep.join(others)
