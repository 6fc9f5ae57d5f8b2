"""What can be asked of a stack without a program."""

from __future__ import annotations

import json

from tests.localcloud.engine.workspace import ASSORTED, Workspace


def test_export_is_the_deployment_with_its_version(workspace: Workspace) -> None:
    workspace.up(ASSORTED)
    exported = json.loads(workspace.run("export").out)
    assert exported == {"version": 3, "deployment": workspace.deployment()}


def test_nothing_to_show_of_a_stack_that_is_not_there(workspace: Workspace) -> None:
    for command in ("outputs", "export"):
        result = workspace.run(command)
        assert result.code == 1
        assert "there is no stack 'local' of project 'demo'" in result.err
