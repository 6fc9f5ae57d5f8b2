"""What a user can cause is one line, and exit code 1 from every program of the cloud."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from localcloud.errors import LocalCloudError, one_line


@pytest.mark.parametrize(
    ("program", "line"),
    [
        (("localcloud", "status"), "localcloud: LOCALCLOUD_PORT 'x': set it to a port from 1 to 65526"),
        (("localcloud.services", "iam"), "services: LOCALCLOUD_PORT 'x': set it to a port from 1 to 65526"),
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


def test_what_the_system_refuses_is_one_line_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(LocalCloudError) as caught, one_line("cannot read the settings"):
        (tmp_path / "missing").read_text()
    assert str(caught.value) == "cannot read the settings: No such file or directory"


def test_any_other_error_stays_what_it_is() -> None:
    with pytest.raises(KeyError), one_line("cannot read the settings"):
        raise KeyError("name")
