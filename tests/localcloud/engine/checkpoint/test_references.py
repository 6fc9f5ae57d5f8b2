"""Stack references: the outputs of other stacks of the same backend."""

from __future__ import annotations

import pytest

from localcloud.engine.cli import main
from tests.localcloud.engine.workspace import Workspace


@pytest.fixture
def other(workspace: Workspace) -> None:
    """The stack `other` of the same project, with outputs."""
    workspace.program(
        'pulumi.export("plain", {"a": [1]})\npulumi.export("hidden", {"b": pulumi.Output.secret("deep")})'
    )
    assert main(["up", "--cwd", str(workspace.folder), "--stack", "other"]) == 0


@pytest.mark.usefixtures("other")
@pytest.mark.parametrize("name", ["other", "organization/other", "organization/demo/other"])
def test_outputs_are_read_and_secrets_stay_secret(workspace: Workspace, name: str) -> None:
    text = f"""
        other = pulumi.StackReference("{name}")
        Thing("one", seen=other.get_output("plain"), hidden=other.require_output("hidden"))
        pulumi.export("none", other.get_output("nothing"))
    """
    workspace.up(text)
    assert list(workspace.provider.things.values()) == [
        {
            "seen": {"a": [1]},
            "hidden": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": {"b": "deep"}},
        }
    ]
    reference = workspace.resources()[name]
    assert (reference["id"], reference["inputs"], reference["external"]) == (name, {"name": name}, True)
    assert reference["outputs"]["secretOutputNames"] == ["hidden"]
    assert "deep" not in workspace.checkpoint.read_text()
    assert workspace.run("preview", "--expect-no-changes").code == 0


@pytest.mark.usefixtures("other")
def test_what_has_changed_there_is_seen(workspace: Workspace) -> None:
    text = 'Thing("one", seen=pulumi.StackReference("other").get_output("plain"))'
    workspace.up(text)
    workspace.program('pulumi.export("plain", 2)')
    assert main(["up", "--cwd", str(workspace.folder), "--stack", "other"]) == 0
    assert "1 updated" in workspace.up(text).out
    assert [thing["seen"] for thing in workspace.provider.things.values()] == [2]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("organization/demo/nowhere", "unknown stack 'organization/demo/nowhere': deploy it first"),
        ("acme/demo/dev", "'acme/demo/dev' is not a stack: it must be organization/<project>/<stack>"),
        ("organization//dev", "is not a stack"),
        ("a/b/c/d", "is not a stack"),
    ],
)
def test_one_that_is_not_there_is_one_line(workspace: Workspace, name: str, message: str) -> None:
    assert message in workspace.refused(f'pulumi.StackReference("{name}")')
