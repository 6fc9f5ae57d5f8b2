"""Single steps: what was made is never lost."""

from __future__ import annotations

import threading

from localcloud.engine.checkpoint.state import ResourceState
from localcloud.engine.plan.steps import mark_secret_outputs
from localcloud.wire import values
from tests.localcloud.engine.workspace import Workspace


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


def test_a_failure_keeps_what_was_made_and_the_next_up_carries_on(workspace: Workspace) -> None:
    workspace.provider.failing = {"bad"}
    workspace.program("""
        good = Thing("good")
        bad = Thing("bad", value=good.identity)
        Thing("after", value=bad.identity)
        pulumi.export("good", good.identity)
    """)
    result = workspace.run("up")
    assert result.code == 1
    assert "error: test:index:Thing bad: no bad today" in result.err
    assert "Traceback" not in result.err
    assert "terminated" not in result.err
    assert set(workspace.resources()) == {"demo-local", "default", "good"}
    assert "pending_operations" not in workspace.deployment()
    workspace.provider.failing.clear()
    assert "Resources: 2 created, 2 unchanged" in workspace.up().out
    assert workspace.provider.names("create") == ["create good", "create bad", "create bad", "create after"]


def test_a_failed_deletion_keeps_the_resource_in_the_state(workspace: Workspace) -> None:
    workspace.up('a = Thing("a")\nThing("b", value=a.identity)')
    workspace.provider.failing = {"b"}
    result = workspace.run("destroy")
    assert result.code == 1
    assert "b stays" in result.err
    assert {"a", "b"} <= set(workspace.resources())
    workspace.provider.failing.clear()
    assert workspace.run("destroy").code == 0


def test_a_resource_that_was_made_but_is_not_ready_is_kept_and_updated_next_time(workspace: Workspace) -> None:
    workspace.provider.unready = {"slow"}
    workspace.program('Thing("slow")')
    result = workspace.run("up")
    assert result.code == 1
    assert "Thing slow: not ready" in result.err
    assert workspace.resources()["slow"]["id"] == "id-1"
    assert workspace.resources()["slow"]["initErrors"] == ["not ready"]
    workspace.provider.unready.clear()
    assert "1 updated" in workspace.up().out
    assert "initErrors" not in workspace.resources()["slow"]


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


def test_a_resource_that_is_managed_elsewhere_is_read_and_never_deleted(workspace: Workspace) -> None:
    workspace.provider.things["outside"] = {"value": "7"}
    workspace.up("""
        found = Thing("found", opts=O(id="outside"))
        Thing("user", value=found.value)
    """)
    assert workspace.resources()["found"]["external"] is True
    assert workspace.resources()["user"]["inputs"] == {"value": "7"}
    again = workspace.up()
    assert "Resources: 2 unchanged" in again.out
    assert "found" not in again.out
    before = workspace.resources()["found"]
    workspace.provider.things["outside"]["value"] = "8"
    changed = workspace.up()
    assert "Thing found  read" in changed.out
    assert "Resources: 1 updated, 1 unchanged" in changed.out
    assert workspace.resources()["found"]["modified"] > before.get("modified", "")
    workspace.program("pass")
    assert "Thing found  forget" in workspace.run("preview").out
    result = workspace.up()
    assert "Thing found  forgotten" in result.out
    assert "Resources: 1 deleted, 1 unchanged" in result.out
    assert "outside" in workspace.provider.things
    workspace.program('Thing("lost", opts=O(id="nowhere"))')
    result = workspace.run("up")
    assert result.code == 1
    assert "Thing lost: resource 'nowhere' does not exist" in result.err


def test_outputs_are_secret_if_the_program_or_the_input_says_so() -> None:
    state = ResourceState(
        urn="u",
        type="t",
        inputs={"password": values.secret("x"), "size": 1},
        outputs={"password": "x", "token": "y", "size": 1, "id": "z"},
        additional_secret_outputs=["token", "id", "missing"],
    )
    mark_secret_outputs(state)
    secret = values.secret
    assert state.outputs == {"password": secret("x"), "token": secret("y"), "size": 1, "id": "z"}
