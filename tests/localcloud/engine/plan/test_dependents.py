"""What depends on what: deletions in order, and replacements that pull others along."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.engine.checkpoint.state import ResourceState
from localcloud.engine.plan.dependents import apply_replace_on_changes, delete_in_order, replaced_along, retirable
from localcloud.engine.plugins.provider_client import Diff
from localcloud.errors import LocalCloudError
from localcloud.wire import values
from localcloud.wire.values import UNKNOWN
from tests.localcloud.engine.workspace import Workspace


def state(name: str, *dependencies: str, **fields: Any) -> ResourceState:
    """A resource whose URN is its name; a dependency's URN is the value of an input."""
    return ResourceState(urn=name, type="t:i:T", custom=True, dependencies=list(dependencies), **fields)


def test_deletions_wait_for_all_that_depend_on_it() -> None:
    resources = [state("a"), state("b", "a"), state("c", "b"), state("d", "a")]
    deleted: list[str] = []
    delete_in_order([resources[0], resources[2], resources[3]], resources, lambda one: deleted.append(one.urn), 4)
    assert sorted(deleted[:2]) == ["c", "d"]
    assert deleted[2:] == ["a"]


def test_an_error_ends_the_deletions_and_is_raised() -> None:
    resources = [state("a"), state("b", "a")]

    def delete(one: ResourceState) -> None:
        raise LocalCloudError(f"{one.urn} stays")

    with pytest.raises(LocalCloudError, match="b stays"):
        delete_in_order(resources, resources, delete, 1)


def test_a_replacement_takes_along_whom_it_forces() -> None:
    base = state("base")
    forced = state("forced", "base", inputs={"fixed": 1}, property_dependencies={"fixed": ["base"]})
    loose = state("loose", "base", inputs={"value": 1}, property_dependencies={"value": ["base"]})
    along = state("along", "forced", deleted_with="forced")
    asked: list[tuple[str, Any]] = []

    def diff_of(one: ResourceState, inputs: values.Properties) -> Diff:
        asked.append((one.urn, inputs))
        return Diff(changed=True, replaces=["fixed"] if "fixed" in inputs else [])

    found = replaced_along(base, [base, forced, loose, along], set(), diff_of)
    assert [one.urn for one in found] == ["forced", "along"]
    assert asked == [("forced", {"fixed": UNKNOWN}), ("loose", {"value": UNKNOWN})]
    assert replaced_along(base, [base, forced, loose, along], {forced, along}, diff_of) == []


def test_what_was_replaced_is_retired_unless_somebody_was_not_moved_away() -> None:
    old, successor = state("base", delete=True), state("base", created="2026-01-02T00:00:00+00:00")
    moved = state("user", "base", modified="2026-01-03T00:00:00+00:00")
    left = state("user", "base", modified="2026-01-01T00:00:00+00:00")
    assert retirable([successor, old, moved]) == [old]
    assert retirable([successor, old, left]) == []


@pytest.mark.parametrize(("pattern", "replaced"), [("*", True), ("tags", True), ("tags.b", False), ("value", False)])
def test_changes_that_are_to_replace(pattern: str, replaced: bool) -> None:
    diff = apply_replace_on_changes(Diff(changed=True, paths={"tags.a": False}), [pattern])
    assert diff.replace is replaced


def test_replace_on_changes_turns_an_update_into_a_replacement(workspace: Workspace) -> None:
    workspace.up('Thing("one", value="1", tags={"a": "1", "b": "1"})')
    workspace.up('Thing("one", value="2", tags={"a": "1", "b": "1"}, opts=O(replace_on_changes=["tags"]))')
    assert workspace.provider.names("create", "update") == ["create one", "update one"]
    workspace.up('Thing("one", value="2", tags={"a": "2", "b": "1"}, opts=O(replace_on_changes=["tags"]))')
    assert workspace.provider.names("create", "update") == ["create one", "update one", "create one"]


def test_what_is_no_longer_registered_is_deleted_after_what_depends_on_it(workspace: Workspace) -> None:
    workspace.up("""
        a = Thing("a")
        b = Thing("b", value=a.identity)
        Thing("c", opts=O(depends_on=[b]))
        group = Group("group")
        Thing("child", opts=O(parent=group, depends_on=[a]))
    """)
    workspace.provider.calls.clear()
    result = workspace.up("pass")
    order = workspace.provider.names("delete")
    assert order.index("delete c") < order.index("delete b") < order.index("delete a")
    assert order.index("delete child") < order.index("delete a")
    assert "Resources: 5 deleted" in result.out
    assert workspace.provider.things == {}


def test_replacement_that_deletes_first_takes_the_dependents_it_forces_along(workspace: Workspace) -> None:
    text = """
        base = Thing("base", exclusive="{0}")
        forced = Thing("forced", fixed=base.identity)
        Thing("follower", fixed=forced.identity)
        Thing("loose", value=base.identity)
        Thing("other", value="1")
    """
    workspace.up(text.format("a"))
    workspace.provider.calls.clear()
    workspace.up(text.format("b"))
    order = workspace.provider.names("create", "update", "delete")
    assert order[:4] == ["delete follower", "delete forced", "delete base", "create base"]
    assert sorted(order[4:]) == ["create follower", "create forced", "update loose"]
    assert order.index("create forced") < order.index("create follower")
    assert "Resources: 6 unchanged" in workspace.up().out


def test_what_was_replaced_but_not_deleted_yet_goes_first_next_time(workspace: Workspace) -> None:
    """It may be just what the program wants again, under the same name."""
    workspace.up('Thing("one", fixed="a")')
    workspace.provider.failing = {"two"}
    workspace.program('Thing("two", value=Thing("one", fixed="b").identity)')
    assert workspace.run("up").code == 1
    assert [item["id"] for item in workspace.deployment()["resources"] if item.get("delete")] == ["id-1"]
    workspace.provider.failing.clear()
    workspace.provider.calls.clear()
    workspace.up('Thing("one", fixed="a")')
    assert workspace.provider.names("create", "delete") == ["delete one", "create one", "delete one"]
    assert [item["id"] for item in workspace.deployment()["resources"] if item.get("id", "").startswith("id-")] == [
        "id-3"
    ]


def test_what_others_still_rely_on_goes_last(workspace: Workspace) -> None:
    program = 'base = Thing("base", fixed="{}")\nThing("user", value=base.identity)\n'
    workspace.up(program.format("a"))
    workspace.provider.failing = {"user"}
    workspace.program(program.format("b").replace('Thing("user",', 'Thing("user", fixed="x",'))
    assert workspace.run("up").code == 1
    workspace.provider.failing.clear()
    workspace.provider.calls.clear()
    workspace.up()
    assert workspace.provider.names("create", "delete") == ["create user", "delete user", "delete base"]
