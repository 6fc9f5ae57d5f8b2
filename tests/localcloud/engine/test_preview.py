"""Previews: nothing is made, and what is not known yet stays unknown."""

from __future__ import annotations

from localcloud.wire.values import UNKNOWN
from tests.localcloud.engine.conftest import Workspace

PROGRAM = """
    first = Thing("first", value="1")
    Thing("second", value=first.identity)
    pulumi.export("identity", first.identity)
    pulumi.export("fixed", "yes")
"""


def test_unknown_outputs_reach_the_dependents_and_nothing_is_made(workspace: Workspace) -> None:
    workspace.program(PROGRAM)
    result = workspace.run("preview")
    assert result.code == 0
    second = next(call for call in workspace.provider.calls if (call.method, call.name) == ("create", "second"))
    assert second.preview
    assert second.inputs == {"value": UNKNOWN}
    assert workspace.provider.things == {}
    assert "Resources: 3 to create" in result.out
    assert "identity  [unknown]" in result.out
    assert not workspace.checkpoint.exists()


def test_preview_of_changes_shows_each_kind(workspace: Workspace) -> None:
    workspace.up('Thing("a", value="1")\nThing("b", fixed="1")\nThing("c")\nThing("d")')
    before = workspace.checkpoint.read_bytes()
    workspace.program('Thing("a", value="2")\nThing("b", fixed="2")\nThing("d")\nThing("e")')
    result = workspace.run("preview")
    assert "Resources: 1 to create, 1 to update, 1 to replace, 1 to delete, 2 unchanged" in result.out
    assert "+- test:index:Thing b  replace [fixed]" in result.out
    assert " ~ test:index:Thing a  update [value]" in result.out
    assert " - test:index:Thing c  delete" in result.out
    assert workspace.checkpoint.read_bytes() == before
    assert set(workspace.provider.things) == {"id-1", "id-2", "id-3", "id-4"}


def test_a_replaced_resource_is_unknown_to_its_dependents_in_a_preview(workspace: Workspace) -> None:
    text = 'base = Thing("base", exclusive="{0}")\nThing("forced", fixed=base.identity)'
    workspace.up(text.format("a"))
    workspace.program(text.format("b"))
    assert "Resources: 2 to replace, 1 unchanged" in workspace.run("preview").out
    assert workspace.provider.names("delete") == []


def test_expect_no_changes(workspace: Workspace) -> None:
    workspace.program(PROGRAM)
    refused = workspace.run("preview", "--expect-no-changes")
    assert refused.code == 1
    assert "no changes were expected" in refused.err
    workspace.up()
    assert workspace.run("preview", "--expect-no-changes").code == 0
    assert workspace.run("up", "--expect-no-changes").code == 0


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
