"""What a user can cause is one line and exit code 1, from every program of the cloud."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("program", "line"),
    [
        (("localcloud", "status"), "localcloud: LOCALCLOUD_PORT 'x': set it to a port from 1 to 65527"),
        (("localcloud.services", "iam"), "services: LOCALCLOUD_PORT 'x': set it to a port from 1 to 65527"),
        (("localcloud.services", "nothing"), "services: name one service: storage, iam, iceberg, bigquery"),
        (("localcloud.services",), "services: name one service: storage, iam, iceberg, bigquery"),
    ],
)
def test_it_is_one_line(program: tuple[str, ...], line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCALCLOUD_PORT", "x")
    done = subprocess.run([sys.executable, "-m", *program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(line)
    assert done.stderr.count("\n") == 1
