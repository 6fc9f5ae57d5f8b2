"""Which resource of the last deployment a registration continues."""

from __future__ import annotations

import pytest

from localcloud.engine.checkpoint.state import ResourceState
from localcloud.engine.plan.claims import Claims
from localcloud.engine.plan.goal import Goal
from localcloud.errors import LocalCloudError
from localcloud.wire.urns import Alias
from tests.localcloud.engine.workspace import Workspace

STACK = "urn:pulumi:dev::demo::pulumi:pulumi:Stack::demo-dev"


def claims(*urns: str) -> Claims:
    return Claims("dev", "demo", [ResourceState(urn=urn, type=urn.split("::")[2]) for urn in urns])


def test_a_state_is_continued_by_one_registration_only() -> None:
    known = claims("urn:pulumi:dev::demo::t:i:T::a")
    urn, old, aliases = known.claim(Goal("t:i:T", "a", custom=True))
    assert (urn, aliases) == ("urn:pulumi:dev::demo::t:i:T::a", [])
    assert old is known.olds[urn]
    with pytest.raises(LocalCloudError, match="duplicate resource: give it a name of its own"):
        known.claim(Goal("t:i:T", "a", custom=True))
    with pytest.raises(LocalCloudError, match=r"its alias .*::a is taken by another resource"):
        known.claim(Goal("t:i:T", "b", custom=True, aliases=[Alias(name="a")]))


def test_a_replaced_state_that_waits_for_its_deletion_is_not_continued() -> None:
    waiting = ResourceState(urn="urn:pulumi:dev::demo::t:i:T::a", type="t:i:T", delete=True)
    assert Claims("dev", "demo", [waiting]).claim(Goal("t:i:T", "a", custom=True))[1] is None


def test_options_of_the_parent_are_inherited_and_it_must_be_there() -> None:
    known = claims()
    known.claim(Goal("pulumi:pulumi:Stack", "demo-dev", custom=False, protect=True))
    child = Goal("t:i:T", "a", custom=True, parent=STACK)
    known.claim(child)
    assert child.protect is True
    with pytest.raises(LocalCloudError, match="its parent urn:nobody is not registered"):
        known.claim(Goal("t:i:T", "b", custom=True, parent="urn:nobody"))


def test_two_of_one_name_are_one_line(workspace: Workspace) -> None:
    assert "duplicate resource" in workspace.refused('Thing("one")\nThing("one")')


def test_an_alias_keeps_a_renamed_resource(workspace: Workspace) -> None:
    workspace.up('a = Thing("old")\nThing("user", value=a.identity)')
    workspace.up("""
        a = Thing("new", opts=O(aliases=[pulumi.Alias(name="old")]))
        Thing("user", value=a.identity)
    """)
    assert workspace.provider.names("create", "delete") == ["create old", "create user"]
    assert workspace.provider.names("diff") == ["diff new", "diff user"]  # providers know it by its new name
    resources = workspace.resources()
    assert resources["new"]["id"] == "id-1"
    assert resources["user"]["dependencies"] == [resources["new"]["urn"]]
    assert "old" not in resources


def test_children_follow_their_parents_alias(workspace: Workspace) -> None:
    workspace.up('group = Group("old")\nThing("old-child", opts=O(parent=group))')
    workspace.up("""
        group = Group("new", opts=O(aliases=[pulumi.Alias(name="old")]))
        Thing("new-child", opts=O(parent=group))
    """)
    assert workspace.provider.names("create", "delete") == ["create old-child"]
    assert workspace.resources()["new-child"]["id"] == "id-1"


def test_moving_into_a_component_by_alias(workspace: Workspace) -> None:
    workspace.up('Thing("thing")')
    workspace.up("""
        group = Group("group")
        Thing("thing", opts=O(parent=group, aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)]))
    """)
    assert workspace.provider.names("create", "delete") == ["create thing"]
