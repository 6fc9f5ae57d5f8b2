"""The local cloud's command line: what stands in the way of writing is one line."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import NoReturn

import pytest

from localcloud import cli, supervisor


def test_a_full_disk_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setenv("LOCALCLOUD_HOME", str(tmp_path))
    monkeypatch.setattr(supervisor, "start", full)
    assert cli.main(["start"]) == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line == f"localcloud: {tmp_path}: No space left on device: free space, or set LOCALCLOUD_HOME"
