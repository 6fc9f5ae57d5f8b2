"""One operation at a time on a stack."""

from __future__ import annotations

import getpass
import json
import os
import socket
import threading
from typing import NoReturn

import pytest

from localcloud.engine.checkpoint.backend import StackFiles
from localcloud.engine.checkpoint.locks import locked
from tests.localcloud.engine.workspace import BEFORE_AND_SLOW, Workspace
from tests.waiting import PATIENCE_S


def test_the_lock_of_a_user_without_a_name_has_its_number(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown() -> NoReturn:
        raise KeyError("getpwuid(): uid not found: 4711")

    workspace.up("pass")
    monkeypatch.setattr(getpass, "getuser", unknown)
    files = StackFiles.open(workspace.state, "demo", "local")
    with locked(files):
        (lock,) = files.locks.iterdir()
        assert json.loads(lock.read_text())["username"] == str(os.getuid())


def test_a_second_up_at_the_same_time_is_refused(workspace: Workspace) -> None:
    release = workspace.provider.blocked["slow"] = threading.Event()
    workspace.program(BEFORE_AND_SLOW)
    with workspace.running_up() as process:
        workspace.provider.wait_for("create", "slow")
        for command in ("up", "destroy"):
            refused = workspace.run(command)
            assert refused.code == 1
            assert refused.err.count("\n") == 1
            assert f"is locked by {getpass.getuser()}@{socket.gethostname()} (pid {process.pid})" in refused.err
        release.set()
        process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0
    assert "Resources: 4 unchanged" in workspace.up().out


def test_a_lock_of_another_machine_is_never_cleared(workspace: Workspace) -> None:
    workspace.program("pass")
    lock = workspace.state / ".pulumi/locks/organization/demo/local/1.json"
    lock.parent.mkdir(parents=True)
    holder = {"pid": 999999999, "username": "ann", "hostname": "elsewhere", "timestamp": "2026-01-01T00:00:00Z"}
    lock.write_text(json.dumps(holder))
    result = workspace.run("up")
    assert result.code == 1
    assert "locked by ann@elsewhere (pid 999999999) since 2026-01-01" in result.err
    assert lock.exists()
    lock.write_text(json.dumps({**holder, "hostname": socket.gethostname()}))
    assert "removed the lock of ann@" in workspace.up().err
    assert not lock.exists()
