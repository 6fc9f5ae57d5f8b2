"""The program runs as under Pulumi's own language host."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.localcloud.engine.workspace import Workspace


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (
            'pulumi.Config().require("region")',
            "error: Missing required configuration variable 'demo:region': set it in /",
        ),
        ('raise pulumi.RunError("the budget is negative")', "the budget is negative"),
        ("import sys\nsys.exit(3)", "the program ended with exit code 3"),
    ],
)
def test_what_a_program_means_to_refuse_is_one_line(workspace: Workspace, program: str, message: str) -> None:
    assert message in workspace.refused(program)


def test_a_fault_of_the_program_shows_its_own_traceback_only(workspace: Workspace) -> None:
    workspace.program('Thing("one")\n\ndef helper():\n    return {}["missing"]\n\nhelper()')
    result = workspace.run("up")
    assert result.code == 1
    assert "KeyError: 'missing'" in result.err
    assert "in helper" in result.err
    assert "localcloud" not in result.err
    assert "runpy" not in result.err
    assert result.err.count("Traceback") == 1


def test_a_fault_in_an_apply_is_shown(workspace: Workspace) -> None:
    workspace.program('Thing("one").identity.apply(lambda identity: 1 / 0)')
    result = workspace.run("up")
    assert result.code == 1
    assert "ZeroDivisionError" in result.err
    assert "one" in workspace.resources()


def test_modules_of_the_project_are_fresh_and_paths_as_the_clis(workspace: Workspace, tmp_path: Path) -> None:
    (workspace.folder / "stacks" / "network.py").write_text("import pulumi\npulumi.export('imported', True)\n")
    (workspace.folder / "stacks" / "hello.txt").write_text("hello")
    text = """
        import os, sys
        import network
        Thing("one", value=pulumi.FileAsset("hello.txt"))
        pulumi.export("folder", os.path.basename(os.getcwd()))
        pulumi.export("first", os.path.basename(sys.path[0]))
    """
    workspace.up(text)
    workspace.up()
    outputs = json.loads(workspace.run("outputs", "--json").out)
    assert outputs == {"imported": True, "folder": "stacks", "first": "stacks"}
    asset = workspace.resources()["one"]["inputs"]["value"]
    assert asset["path"] == "hello.txt"
    assert asset["hash"] == hashlib.sha256(b"hello").hexdigest()
    (workspace.folder / "stacks" / "hello.txt").write_text("changed")
    assert "1 updated" in workspace.up().out


def test_is_dry_run_and_applies(workspace: Workspace) -> None:
    workspace.program("""
        one = Thing("one", value="1")
        one.identity.apply(lambda identity: pulumi.log.info(f"made {identity}"))
        pulumi.log.info(f"preview: {pulumi.runtime.is_dry_run()}")
    """)
    preview = workspace.run("preview")
    assert "preview: True" in preview.out
    assert "made" not in preview.out
    assert "made id-1" in workspace.up().out
