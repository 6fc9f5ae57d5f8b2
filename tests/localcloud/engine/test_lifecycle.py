"""Create, change, replace and delete, in the right order."""

from __future__ import annotations

import threading

import pytest

from localcloud import proxies
from tests.localcloud.engine.conftest import Workspace


def test_first_deployment_creates_and_the_second_changes_nothing(workspace: Workspace) -> None:
    result = workspace.up("""
        first = Thing("first", value="1")
        Thing("second", value=first.identity)
        pulumi.export("identity", first.identity)
    """)
    assert "Resources: 3 created" in result.out
    assert workspace.provider.names("create") == ["create first", "create second"]
    assert workspace.resources()["second"]["inputs"] == {"value": "id-1"}
    again = workspace.up()
    assert "Resources: 3 unchanged" in again.out
    assert len(workspace.provider.names("create", "update", "delete")) == 2


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


def test_replace_on_changes_turns_an_update_into_a_replacement(workspace: Workspace) -> None:
    workspace.up('Thing("one", value="1", tags={"a": "1", "b": "1"})')
    workspace.up('Thing("one", value="2", tags={"a": "1", "b": "1"}, opts=O(replace_on_changes=["tags"]))')
    assert workspace.provider.names("create", "update") == ["create one", "update one"]
    workspace.up('Thing("one", value="2", tags={"a": "2", "b": "1"}, opts=O(replace_on_changes=["tags"]))')
    assert workspace.provider.names("create", "update") == ["create one", "update one", "create one"]


def test_ignored_changes_keep_the_old_value(workspace: Workspace) -> None:
    options = 'opts=O(ignore_changes=["tags.a", "value"])'
    workspace.up(f'Thing("one", value="1", tags={{"a": "1", "b": "1"}}, {options})')
    workspace.up(f'Thing("one", value="2", tags={{"a": "2", "b": "2"}}, {options})')
    assert workspace.resources()["one"]["inputs"] == {"value": "1", "tags": {"a": "1", "b": "2"}}
    assert workspace.provider.things["id-1"] == {"value": "1", "tags": {"a": "1", "b": "2"}}


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


def test_independent_resources_are_made_at_the_same_time(workspace: Workspace) -> None:
    workspace.provider.meeting = threading.Barrier(8)  # each create waits until eight of them are under way
    workspace.up('for i in range(8):\n    Thing(f"thing-{i}")')
    assert len(workspace.provider.things) == 8
    assert workspace.provider.peak == 8


def test_no_more_operations_at_a_time_than_allowed(workspace: Workspace) -> None:
    workspace.provider.meeting = threading.Barrier(2)
    workspace.up('for i in range(6):\n    Thing(f"thing-{i}")', "--parallel", "2")
    assert len(workspace.provider.things) == 6
    assert workspace.provider.peak == 2


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


def test_retained_and_along_deleted_resources_are_forgotten_only(workspace: Workspace) -> None:
    workspace.up("""
        owner = Thing("owner")
        Thing("retained", opts=O(retain_on_delete=True))
        Thing("along", opts=O(deleted_with=owner))
    """)
    result = workspace.run("destroy")
    assert result.code == 0
    assert [line.split()[2] for line in result.out.splitlines() if "kept in the cloud" in line] == ["retained"]
    assert workspace.provider.names("delete") == ["delete owner"]
    assert workspace.deployment().get("resources", []) == []


def test_an_alias_keeps_a_renamed_resource(workspace: Workspace) -> None:
    workspace.up('a = Thing("old")\nThing("user", value=a.identity)')
    workspace.up("""
        a = Thing("new", opts=O(aliases=[pulumi.Alias(name="old")]))
        Thing("user", value=a.identity)
    """)
    assert workspace.provider.names("create", "delete") == ["create old", "create user"]
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


def test_a_resource_that_is_managed_elsewhere_is_read_and_never_deleted(workspace: Workspace) -> None:
    workspace.provider.things["outside"] = {"value": "7"}
    workspace.up("""
        found = Thing("found", opts=O(id="outside"))
        Thing("user", value=found.value)
    """)
    assert workspace.resources()["found"]["external"] is True
    assert workspace.resources()["user"]["inputs"] == {"value": "7"}
    workspace.program("pass")
    assert "Thing found  forget" in workspace.run("preview").out
    result = workspace.up()
    assert "Thing found  forgotten" in result.out
    assert "Resources: 1 deleted, 1 forgotten, 1 unchanged" in result.out
    assert "outside" in workspace.provider.things
    workspace.program('Thing("lost", opts=O(id="nowhere"))')
    result = workspace.run("up")
    assert result.code == 1
    assert "Thing lost: resource 'nowhere' does not exist" in result.err


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


def test_destroy_deletes_everything_and_may_be_repeated(workspace: Workspace) -> None:
    assert "Resources: none" in workspace.run("destroy").out
    workspace.up('a = Thing("a")\nThing("b", value=a.identity)')
    result = workspace.run("destroy")
    assert result.code == 0
    assert workspace.provider.names("delete") == ["delete b", "delete a"]
    assert "Resources: 3 deleted" in result.out
    assert workspace.run("destroy").code == 0


def test_a_proxy_is_not_asked_for_what_is_on_this_machine(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in proxies.EXCEPTIONS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert "Resources: 2 created" in workspace.up('Thing("one")').out


def test_explicit_providers_have_configurations_of_their_own(workspace: Workspace) -> None:
    text = """
        east = Provider("east", region="{0}")
        Thing("there", opts=O(provider=east))
        Thing("here")
    """
    workspace.settings("config:\n  test:region: north\n  test:key:\n    a: 1\n")
    workspace.up(text.format("east"))
    assert {"region": "east"} in workspace.provider.configurations
    assert {"region": "north", "key": '{"a":1}'} in workspace.provider.configurations
    resources = workspace.resources()
    assert resources["there"]["provider"] == f"{resources['east']['urn']}::{resources['east']['id']}"
    workspace.provider.calls.clear()
    workspace.up(text.format("west"))
    assert workspace.provider.names("create", "delete") == ["create there", "delete there"]


def test_the_version_of_an_sdk_names_the_default_provider(workspace: Workspace) -> None:
    workspace.up('Thing("one", opts=O(version="10.2.0"))')
    provider = workspace.resources()["default_10_2_0"]
    assert provider["type"] == "pulumi:providers:test"
    assert provider["inputs"] == {"__internal": {}, "version": "10.2.0"}
    assert provider["outputs"] == {"version": "10.2.0"}
