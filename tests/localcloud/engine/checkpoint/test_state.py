"""The state of one resource, in memory and as it is written."""

from __future__ import annotations

import json

from localcloud.engine.checkpoint.state import ResourceState, seal, unseal
from localcloud.wire import values
from tests.localcloud.engine.workspace import ASSORTED, Workspace


def test_numbers_that_json_cannot_write_come_back() -> None:
    # The signature is Pulumi's for such a number at rest; its value is the eight bytes of the double.
    sealed = seal({"limit": float("-inf"), "usual": 1.5}, None)
    mark = "8ad145fe-0d11-4827-bfd7-1abcbf086f5c"
    assert sealed == {"limit": {values.SIGNATURE: mark, "value": "fff0000000000000"}, "usual": 1.5}
    assert unseal(sealed, str) == {"limit": float("-inf"), "usual": 1.5}


def test_a_secret_is_encrypted_whole_and_its_inner_marks_are_lost() -> None:
    sealed = seal({"key": values.secret({"a": values.secret("b")})}, lambda text: text[::-1])
    assert sealed == {"key": {values.SIGNATURE: values.SECRET, "ciphertext": '}"b":"a"{'}}
    assert unseal(sealed, lambda text: text[::-1]) == {"key": values.secret({"a": "b"})}


def test_references_follow_renamed_resources() -> None:
    state = ResourceState(
        urn="u",
        type="t",
        parent="old",
        provider="old::id",
        dependencies=["old", "other"],
        property_dependencies={"value": ["old"]},
        deleted_with="old",
    )
    renamed = state.renamed({"old": "new"})
    assert renamed.edges() == {"new", "other"}
    assert renamed.provider == "new::id"
    assert state.renamed({"unrelated": "new"}) is state


def test_secrets_are_encrypted_in_state_and_history_and_known_to_the_program(workspace: Workspace) -> None:
    workspace.up("""
        one = Thing("one", value=pulumi.Output.secret("hunter2"), tags={"deep": pulumi.Output.secret("hunter2")})
        Thing("two", value=one.token)
        Thing("three", value=one.identity, opts=O(additional_secret_outputs=["identity"]))
        pulumi.export("password", one.value)
        pulumi.export("size", one.value.apply(len))
    """)
    written = "".join(path.read_text() for path in workspace.state.rglob("*.json"))
    assert "hunter2" not in written
    assert "token of id-1" not in written
    assert workspace.provider.things["id-1"]["tags"]["deep"]["value"] == "hunter2"
    assert "ciphertext" in workspace.resources()["three"]["outputs"]["identity"]
    assert json.loads(workspace.run("outputs", "--json").out) == {"password": "[secret]", "size": "[secret]"}
    shown = workspace.run("outputs", "--json", "--show-secrets").out
    assert json.loads(shown) == {"password": "hunter2", "size": 7}
    assert "hunter2" not in workspace.run("export").out
    assert "hunter2" in workspace.run("export", "--show-secrets").out
    assert "hunter2" not in workspace.up().out


def test_what_the_cli_wrote_beyond_our_knowledge_is_kept(workspace: Workspace) -> None:
    workspace.up(ASSORTED)
    content = json.loads(workspace.checkpoint.read_text())
    for item in content["checkpoint"]["latest"]["resources"]:
        item["stackTrace"] = [{"sourcePosition": "project:///x.py#1"}]
    workspace.checkpoint.write_text(json.dumps(content))
    workspace.provider.failing = {"c"}
    workspace.program('Thing("c")')
    assert workspace.run("up").code == 1
    assert workspace.resources()["b"]["stackTrace"] == [{"sourcePosition": "project:///x.py#1"}]
