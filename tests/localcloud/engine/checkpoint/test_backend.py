"""The layout of the state is that of Pulumi's file backend."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.localcloud.engine.workspace import ASSORTED, Workspace


def test_layout(workspace: Workspace) -> None:
    workspace.up(ASSORTED)
    workspace.up()
    folder = workspace.state / ".pulumi"
    assert (folder / "meta.yaml").read_text() == "version: 1\n"
    assert sorted(path.name for path in (folder / "stacks/demo").iterdir()) == ["local.json", "local.json.bak"]
    history = sorted(path.name for path in (folder / "history/demo/local").iterdir())
    assert [name.split(".", 1)[1] for name in history] == ["checkpoint.json", "history.json"] * 2
    update = json.loads((folder / "history/demo/local" / history[1]).read_text())
    assert update["kind"] == "update"
    assert update["result"] == "succeeded"
    assert update["resourceChanges"] == {"create": 4}
    assert [path for path in workspace.state.rglob("*") if path.name.endswith(".tmp")] == []


def test_what_is_only_forgotten_is_discarded_in_the_history(workspace: Workspace) -> None:
    workspace.provider.things["outside"] = {}
    workspace.up('Thing("found", opts=O(id="outside"))\nThing("own")')
    workspace.up("pass")
    *_, last = sorted((workspace.state / ".pulumi" / "history" / "demo" / "local").glob("*.history.json"))
    assert json.loads(last.read_text())["resourceChanges"] == {"same": 1, "delete": 1, "discard": 1}


def test_no_copy_of_the_state_is_open_to_others(workspace: Workspace) -> None:
    workspace.up(ASSORTED)
    workspace.up()
    copies = [workspace.checkpoint, *workspace.state.rglob("*.bak"), *workspace.state.rglob("*.checkpoint.json")]
    assert len(copies) == 4
    assert {path.stat().st_mode & 0o777 for path in copies} == {0o600}


def test_other_layouts_and_features_are_refused(workspace: Workspace) -> None:
    workspace.program("pass")
    marker = workspace.state / ".pulumi" / "meta.yaml"
    marker.parent.mkdir(parents=True)
    marker.write_text("version: 0\n")
    assert "layout version 0 is not supported" in workspace.run("up").err
    marker.write_text("version: 1\n")
    workspace.checkpoint.parent.mkdir(parents=True)
    workspace.checkpoint.write_text('{"version": 4, "features": ["views"], "checkpoint": {}}')
    assert "needs views, which this engine does not have" in workspace.run("up").err
    workspace.checkpoint.write_text('{"version": 3, "check')
    assert "is damaged" in workspace.run("up").err


@pytest.mark.parametrize(("url", "message"), [("s3://bucket", "only file:// backends"), ("", "set PULUMI_BACKEND_URL")])
def test_only_a_folder_can_be_the_backend(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, url: str, message: str
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", url)
    assert message in workspace.refused('Thing("one")')


def test_a_full_disk(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    workspace.up("pass")
    workspace.program('Thing("one")')
    monkeypatch.setattr(os, "fsync", refuse)
    result = workspace.run("up")
    assert result.code == 1
    assert "No space left on device" in result.err
    assert "Traceback" not in result.err


def test_a_state_of_somebody_else(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.up("pass")
    lock = workspace.state / ".pulumi/locks/organization/demo/local/1.json"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text("{}")
    for path in (lock, workspace.checkpoint):
        read = Path.read_bytes

        def refuse(self: Path, path: Path = path, read: Callable[[Path], bytes] = read) -> bytes:
            if self == path:
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            return read(self)

        with monkeypatch.context() as patched:
            patched.setattr(Path, "read_bytes", refuse)
            result = workspace.run("up")
        assert result.code == 1
        (line,) = result.err.splitlines()
        assert line.startswith("error: cannot read ")
        assert line.endswith(f"{path}: Permission denied")
