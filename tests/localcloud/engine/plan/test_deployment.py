"""From what is and what is to be to steps."""

from __future__ import annotations

import threading

from tests.localcloud.engine.workspace import Workspace


def test_a_changed_input_updates_in_place_and_names_the_property(workspace: Workspace) -> None:
    workspace.up('Thing("one", value="1")')
    result = workspace.up('Thing("one", value="2")')
    assert "Resources: 1 updated, 1 unchanged" in result.out
    assert "~ test:index:Thing one  updated" in result.out
    assert "[value]" in result.out
    assert workspace.provider.things == {"id-1": {"value": "2"}}
    assert workspace.resources()["one"]["outputs"]["value"] == "2"


def test_replacement_creates_before_it_deletes(workspace: Workspace) -> None:
    workspace.up('one = Thing("one", fixed="a")\nThing("user", value=one.identity)')
    workspace.provider.calls.clear()
    result = workspace.up('one = Thing("one", fixed="b")\nThing("user", value=one.identity)')
    assert workspace.provider.names("create", "update", "delete") == ["create one", "update user", "delete one"]
    assert "1 updated, 1 replaced" in result.out
    assert workspace.resources()["user"]["inputs"] == {"value": "id-3"}
    assert set(workspace.provider.things) == {"id-2", "id-3"}
    assert [item.get("delete") for item in workspace.deployment()["resources"]] == [None] * 4


def test_a_replaced_resource_is_unknown_to_its_dependents_in_a_preview(workspace: Workspace) -> None:
    text = 'base = Thing("base", exclusive="{0}")\nThing("forced", fixed=base.identity)'
    workspace.up(text.format("a"))
    workspace.program(text.format("b"))
    assert "Resources: 2 to replace, 1 unchanged" in workspace.run("preview").out
    assert workspace.provider.names("delete") == []


def test_a_dependent_that_is_dropped_in_the_same_run_is_deleted_once(workspace: Workspace) -> None:
    workspace.up('base = Thing("base", exclusive="a")\nThing("forced", fixed=base.identity)')
    workspace.provider.calls.clear()
    workspace.up('Thing("base", exclusive="b")')
    assert workspace.provider.names("create", "delete") == ["delete forced", "delete base", "create base"]
    assert "forced" not in workspace.resources()


def test_the_option_overrides_how_a_provider_would_replace(workspace: Workspace) -> None:
    workspace.up('Thing("one", fixed="a")\nThing("two", exclusive="a")')
    workspace.provider.calls.clear()
    workspace.up("""
        Thing("one", fixed="b", opts=O(delete_before_replace=True))
        Thing("two", exclusive="b", opts=O(delete_before_replace=False))
    """)
    order = workspace.provider.names("create", "delete")
    assert order.index("delete one") < order.index("create one")
    assert order.index("create two") < order.index("delete two")


def test_ignored_changes_keep_the_old_value(workspace: Workspace) -> None:
    options = 'opts=O(ignore_changes=["tags.a", "value"])'
    workspace.up(f'Thing("one", value="1", tags={{"a": "1", "b": "1"}}, {options})')
    workspace.up(f'Thing("one", value="2", tags={{"a": "2", "b": "2"}}, {options})')
    assert workspace.resources()["one"]["inputs"] == {"value": "1", "tags": {"a": "1", "b": "2"}}
    assert workspace.provider.things["id-1"] == {"value": "1", "tags": {"a": "1", "b": "2"}}


def test_a_protected_resource_is_not_deleted_nor_anything_with_it(workspace: Workspace) -> None:
    workspace.up('Thing("kept", opts=O(protect=True))\nThing("other")')
    workspace.program("pass")
    for command in ("preview", "up", "destroy"):
        result = workspace.run(command)
        assert result.code == 1
        assert "Thing kept: it is protected" in result.err
        assert len(workspace.provider.things) == 2
    workspace.up('Thing("kept", opts=O(protect=False))')
    assert workspace.run("destroy").code == 0
    assert workspace.provider.things == {}


def test_a_protected_resource_is_not_replaced(workspace: Workspace) -> None:
    workspace.up('Thing("kept", fixed="a", opts=O(protect=True))')
    workspace.program('Thing("kept", fixed="b", opts=O(protect=True))')
    result = workspace.run("up")
    assert result.code == 1
    assert "would have to be replaced" in result.err
    assert list(workspace.provider.things) == ["id-1"]


def test_what_the_pulumi_cli_marked_as_tainted_is_replaced(workspace: Workspace) -> None:
    workspace.up('Thing("one")')
    text = workspace.checkpoint.read_text()
    workspace.checkpoint.write_text(text.replace('"id":"id-1"', '"id":"id-1","taint":true'))
    assert workspace.run("preview", "--expect-no-changes").code == 1
    workspace.up()
    assert workspace.resources()["one"]["id"] == "id-2"
    assert "taint" not in workspace.resources()["one"]
    assert list(workspace.provider.things) == ["id-2"]


def test_a_replacement_that_was_cut_off_after_its_deletion_is_completed(workspace: Workspace) -> None:
    workspace.up('Thing("one", exclusive="a")')
    workspace.provider.failing = {"one"}
    workspace.program('Thing("one", exclusive="b")')
    assert workspace.run("up").code == 1  # the fake fails the deletion: nothing has happened yet
    assert "pendingReplacement" not in workspace.resources()["one"]
    workspace.provider.failing.clear()
    workspace.provider.calls.clear()
    release = workspace.provider.blocked["one"] = threading.Event()
    with workspace.running_up() as process:
        workspace.provider.wait_for("delete", "one")
        workspace.provider.wait_for("create", "one")
        process.kill()
        process.wait()
    release.set()
    assert workspace.resources()["one"]["pendingReplacement"] is True
    workspace.up()
    assert workspace.resources()["one"]["inputs"] == {"exclusive": "b"}
    assert "pendingReplacement" not in workspace.resources()["one"]


def test_what_the_provider_refuses_is_one_line(workspace: Workspace) -> None:
    assert "test:index:Thing one: value: is forbidden" in workspace.refused('Thing("one", value="forbidden")')


def test_a_path_that_is_none_is_one_line(workspace: Workspace) -> None:
    workspace.up('Thing("one")')
    assert "is not a property path" in workspace.refused('Thing("one", opts=O(ignore_changes=["a["]))')
