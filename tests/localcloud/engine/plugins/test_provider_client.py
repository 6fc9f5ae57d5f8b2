"""A provider as the engine calls it."""

from __future__ import annotations

import hashlib

from localcloud.engine.plugins.provider_client import Diff
from localcloud.wire import values
from tests.localcloud.engine.workspace import Workspace


def test_a_provider_that_knows_no_secrets_gets_the_values_and_the_state_keeps_the_marks(workspace: Workspace) -> None:
    workspace.provider.accepts_secrets = False
    workspace.up('Thing("one", value=pulumi.Output.secret("hunter2"))')
    assert workspace.provider.things["id-1"] == {"value": "hunter2"}
    assert "hunter2" not in workspace.checkpoint.read_text()


def test_a_provider_with_unknown_inputs_is_not_asked(workspace: Workspace) -> None:
    workspace.program("""
        cluster = Thing("cluster", value="1")
        inside = Provider("inside", region=cluster.identity)
        thing = Thing("deployed", value="2", opts=O(provider=inside))
        pulumi.export("identity", thing.identity)
    """)
    result = workspace.run("preview")
    assert result.code == 0, result.err
    assert "deployed" not in [call.name for call in workspace.provider.calls]
    assert "Resources: 4 to create" in result.out
    workspace.up()
    assert {"region": "id-1"} in workspace.provider.configurations
    assert workspace.run("preview", "--expect-no-changes").code == 0


def test_a_provider_is_told_the_content_of_what_it_is_to_make_and_the_hash_of_the_rest(workspace: Workspace) -> None:
    digest = hashlib.sha256(b"text").hexdigest()
    asset = {values.SIGNATURE: values.ASSET, "hash": digest}
    workspace.up('Thing("one", value=pulumi.StringAsset("text"), size=1)')
    workspace.up('Thing("one", value=pulumi.StringAsset("text"), size=2)')
    workspace.run("destroy")
    told = {call.method: call.inputs["value"] for call in workspace.provider.calls if call.name == "one"}
    assert told == {
        "check": {**asset, "text": "text"},
        "create": {**asset, "text": "text"},
        "diff": asset,
        "update": {**asset, "text": "text"},
        "delete": asset,
    }


def test_where_the_provider_cannot_say_what_changed_the_inputs_do() -> None:
    said = Diff(changed=None, delete_before_replace=True).decided({"a": [1, 2], "b": 1}, {"a": [1, 3], "b": 1})
    assert (said.changed, said.paths, said.delete_before_replace) == (True, {"a[1]": False}, True)
    assert Diff(changed=None).decided({"a": values.secret(1)}, {"a": 1}).changed is False
    sure = Diff(changed=False)
    assert sure.decided({"a": 1}, {"a": 2}) is sure
