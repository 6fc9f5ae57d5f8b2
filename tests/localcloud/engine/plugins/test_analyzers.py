"""Policy packs judge before anything is touched."""

from __future__ import annotations

from tests.localcloud.engine.workspace import Workspace


def test_a_mandatory_violation_stops_before_anything_is_made(workspace: Workspace, pack: str) -> None:
    workspace.program('Thing("good", value="2")\nThing("bad", value="1")')
    result = workspace.run("up", "--policy-pack", pack)
    assert result.code == 1
    assert (
        "policy violation (mandatory) pack/no-ones: test:index:Thing bad: Forbids ones. ones are not allowed"
        in result.err
    )
    assert workspace.provider.things == {}
    assert not workspace.checkpoint.exists()
    assert workspace.run("preview", "--policy-pack", pack).code == 1


def test_a_violation_of_the_whole_stack_stops_too(workspace: Workspace, pack: str) -> None:
    workspace.program('for i in range(4):\n    Thing(f"thing-{i}")')
    result = workspace.run("up", "--policy-pack", pack)
    assert result.code == 1
    assert "pack/few: At most three things. 4 things are too many" in result.err
    assert workspace.provider.things == {}


def test_what_passes_is_deployed_and_remedied(workspace: Workspace, pack: str) -> None:
    result = workspace.up('Thing("good", value="2")', "--policy-pack", pack)
    assert "Resources: 2 created" in result.out
    assert workspace.provider.things["id-1"] == {"value": "2", "label": "made by policy"}
    assert "remedied by policy pack/labelled" in result.out
    workspace.provider.calls.clear()
    again = workspace.up(None, "--policy-pack", pack)
    assert "Resources: 2 unchanged" in again.out
    # The preview pass found no change, so there was no other pass.
    assert workspace.provider.names("check") == ["check good"]


def test_values_that_become_known_are_judged_when_they_are(workspace: Workspace, pack: str) -> None:
    workspace.program("""
        first = Thing("first", value="0")
        Thing("second", value=first.identity.apply(lambda identity: identity.removeprefix("id-")))
    """)
    result = workspace.run("up", "--policy-pack", pack)
    assert result.code == 1
    assert "no-ones" in result.err
    assert workspace.provider.names("create") == ["create first"]
    assert set(workspace.resources()) == {"demo-local", "default", "first"}


def test_advisory_violations_are_only_shown(workspace: Workspace, pack: str) -> None:
    result = workspace.up('Thing("a", value="2", opts=O())\nThing("b", value="3")', "--policy-pack", pack)
    assert "policy violation (advisory) pack/identified" in result.err
    assert len(workspace.provider.things) == 2
