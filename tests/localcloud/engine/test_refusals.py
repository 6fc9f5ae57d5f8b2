"""What a user can get wrong is one clear line; what a program does wrong is its own traceback."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.localcloud.engine.conftest import Workspace


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (
            'pulumi.Config().require("region")',
            "error: Missing required configuration variable 'demo:region': set it in /",
        ),
        ('raise pulumi.RunError("the budget is negative")', "the budget is negative"),
        ('pulumi.StackReference("organization/other/dev")', "StackReference is not supported"),
        ('Thing("one", opts=O(import_="id-9"))', "the option import_: not supported"),
        ('Thing("one", opts=O(replacement_trigger="1"))', "the option replacement_trigger: not supported"),
        ('Provider("one", opts=O(env_var_mappings={"A": "B"}))', "the option env_var_mappings: not supported"),
        ('Thing("one", value="forbidden")', "test:index:Thing one: value: is forbidden"),
        ('Thing("one")\nThing("one")', "duplicate resource"),
        ('pulumi.CustomResource("other:index:Thing", "x", {})', "no provider for package 'other' is attached"),
        ('Thing("one", opts=O(custom_timeouts=pulumi.CustomTimeouts(create="soon")))', "timeout 'soon': must be"),
        ('Thing("one", opts=O(ignore_changes=["a["]))\n', "is not a property path"),
        ("import sys\nsys.exit(3)", "the program ended with exit code 3"),
        ('pulumi.log.error("something is off")', "something is off"),
        ('Thing("one", value=pulumi.FileAsset("missing.txt"))', "cannot read the asset"),
    ],
)
def test_one_line(workspace: Workspace, program: str, message: str) -> None:
    if "ignore_changes" in program:
        workspace.up('Thing("one")')
    workspace.program(program)
    result = workspace.run("up")
    assert result.code == 1
    lines = result.err.splitlines()
    assert len(lines) == 1, result.err
    assert lines[0].startswith("error: ")
    assert message in lines[0]
    assert workspace.provider.names("create")[1:] == []


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


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("PULUMI_BACKEND_URL", "s3://bucket", "only file:// backends"),
        ("PULUMI_BACKEND_URL", "", "set PULUMI_BACKEND_URL"),
        ("PULUMI_DEBUG_PROVIDERS", "test", "must be <package>:<port>"),
        (
            "PULUMI_DEBUG_PROVIDERS",
            "test:1",
            "the test provider at 127.0.0.1:1 (PULUMI_DEBUG_PROVIDERS) does not answer",
        ),
        ("PULUMI_DEBUG_PROVIDERS", "other:1", "no provider for package 'test' is attached: add test:<port>"),
    ],
)
def test_the_environment(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, message: str
) -> None:
    workspace.program('Thing("one")')
    monkeypatch.setenv(variable, value)
    result = workspace.run("up")
    assert result.code == 1
    assert result.err.count("\n") == 1, result.err
    assert message in result.err


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("Pulumi.yaml", "name: demo\nruntime: nodejs\n", "this engine runs python projects only"),
        ("Pulumi.yaml", "runtime: python\n", "`name` is missing"),
        ("Pulumi.yaml", "name: [", "is not valid YAML"),
        ("Pulumi.yaml", "name: demo\nruntime: python\nmain: nowhere\n", "there is no program at"),
        ("Pulumi.yaml", "name: demo\nruntime: python\nmain: stacks\nconfig:\n  size: {type: integer}\n", "missing"),
        ("Pulumi.local.yaml", "confg: {}\n", "'confg' is not a setting"),
        ("Pulumi.local.yaml", "config:\n  a:b:c: 1\n", "must be of the form <namespace>:<name>"),
        ("Pulumi.local.yaml", "config:\n  pulumi:autonaming: {mode: verbatim}\n", "pulumi:autonaming: not supported"),
        ("Pulumi.local.yaml", "secretsprovider: awskms://key\n", "only `passphrase` is supported"),
    ],
)
def test_the_projects_files(workspace: Workspace, file: str, text: str, message: str) -> None:
    workspace.program("pass")
    (workspace.folder / file).write_text(text)
    if file == "Pulumi.local.yaml":
        (workspace.folder / "Pulumi.yaml").write_text("name: demo\nruntime: python\nmain: stacks\n")
    result = workspace.run("up")
    assert result.code == 1
    assert result.err.count("\n") == 1, result.err
    assert message in result.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--config", "nothing"], "must be KEY=VALUE"),
        (["--parallel", "0"], "--parallel must be at least 1"),
        (["--config-file", "/nowhere.yaml"], "cannot read /nowhere.yaml"),
    ],
)
def test_the_command_line(workspace: Workspace, arguments: list[str], message: str) -> None:
    workspace.program("pass")
    result = workspace.run("up", *arguments)
    assert result.code == 1
    assert message in result.err


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


def test_settings_mean_what_they_mean_to_pulumi(workspace: Workspace) -> None:
    workspace.settings("config:\n  a: on\n  b: 2026-01-01\n  c: 1_0\n  d: 1:30\n  e: 1.50\n  f: 12\n  g: true\n")
    workspace.up('pulumi.export("all", [pulumi.Config().get(key) for key in "abcdefg"])')
    outputs = json.loads(workspace.run("outputs", "--json").out)
    assert outputs["all"] == ["on", "2026-01-01", "10", "1:30", "1.5", "12", "true"]


def test_nothing_to_show_of_a_stack_that_is_not_there(workspace: Workspace) -> None:
    for command in ("outputs", "export"):
        result = workspace.run(command)
        assert result.code == 1
        assert "there is no stack 'local' of project 'demo'" in result.err
