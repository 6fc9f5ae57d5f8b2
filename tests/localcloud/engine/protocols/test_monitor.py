"""What a program can ask for."""

from __future__ import annotations

import hashlib

import pytest

from tests.localcloud.engine.workspace import Workspace


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ('pulumi.CustomResource("Thing", "x", {})', "'Thing' is not a resource type"),
    ],
)
def test_what_cannot_be_registered_is_one_line(workspace: Workspace, program: str, message: str) -> None:
    assert message in workspace.refused(program)


def test_component_outputs_and_function_results(workspace: Workspace) -> None:
    workspace.up("""
        group = Group("group")
        answer = pulumi.runtime.invoke("test:index:greet", {"name": "bob"}).value
        group.register_outputs({"greeting": answer["greeting"]})
        pulumi.export("greeting", answer["greeting"])
        try:
            pulumi.runtime.invoke("test:index:greet", {"name": "nobody"})
        except Exception as error:
            pulumi.export("refused", str(error))
    """)
    assert workspace.resources()["group"]["outputs"] == {"greeting": "hello bob"}
    assert workspace.resources()["demo-local"]["outputs"] == {
        "greeting": "hello bob",
        "refused": "invoke of test:index:greet failed: "
        "invocation of test:index:greet returned an error: nobody is not here",
    }


def test_assets_among_outputs_have_their_hash(workspace: Workspace) -> None:
    workspace.up('pulumi.export("asset", pulumi.StringAsset("text"))')
    outputs = workspace.resources()["demo-local"]["outputs"]
    assert outputs["asset"]["hash"] == hashlib.sha256(b"text").hexdigest()


def test_the_version_of_an_sdk_names_the_default_provider(workspace: Workspace) -> None:
    workspace.up('Thing("one", opts=O(version="10.2.0"))')
    provider = workspace.resources()["default_10_2_0"]
    assert provider["type"] == "pulumi:providers:test"
    assert provider["inputs"] == {"__internal": {}, "version": "10.2.0"}
    assert provider["outputs"] == {"version": "10.2.0"}
