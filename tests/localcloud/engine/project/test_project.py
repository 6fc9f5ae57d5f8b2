"""Pulumi.yaml and a stack's settings file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from localcloud.engine.project.project import load_project
from localcloud.errors import LocalCloudError
from tests.localcloud.engine.workspace import Workspace


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


def test_the_project_is_in_the_folder_or_above_it(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: demo\nruntime: {name: python}\nmain: src/\nstackConfigDir: etc\n")
    (tmp_path / "src" / "deep").mkdir(parents=True)
    project = load_project(tmp_path / "src" / "deep")
    assert (project.root, project.program, project.program_folder) == (tmp_path, tmp_path / "src", tmp_path / "src")
    assert project.settings_of("dev") == tmp_path / "etc" / "Pulumi.dev.yaml"
    with pytest.raises(LocalCloudError, match=r"no Pulumi\.yaml in /nowhere or above it"):
        load_project(Path("/nowhere"))


def test_settings_mean_what_they_mean_to_pulumi(workspace: Workspace) -> None:
    workspace.settings("config:\n  a: on\n  b: 2026-01-01\n  c: 1_0\n  d: 1:30\n  e: 1.50\n  f: 12\n  g: true\n")
    workspace.up('pulumi.export("all", [pulumi.Config().get(key) for key in "abcdefg"])')
    outputs = json.loads(workspace.run("outputs", "--json").out)
    assert outputs["all"] == ["on", "2026-01-01", "10", "1:30", "1.5", "12", "true"]
