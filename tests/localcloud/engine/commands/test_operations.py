"""Preview, up and destroy."""

from __future__ import annotations

import signal
import threading

from localcloud.wire.values import UNKNOWN
from tests.localcloud.engine.workspace import BEFORE_AND_SLOW, Workspace
from tests.waiting import PATIENCE_S

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


def test_expect_no_changes(workspace: Workspace) -> None:
    workspace.program(PROGRAM)
    refused = workspace.run("preview", "--expect-no-changes")
    assert refused.code == 1
    assert "no changes were expected" in refused.err
    workspace.up()
    assert workspace.run("preview", "--expect-no-changes").code == 0
    assert workspace.run("up", "--expect-no-changes").code == 0


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


def test_destroy_deletes_everything_and_may_be_repeated(workspace: Workspace) -> None:
    assert "Resources: none" in workspace.run("destroy").out
    workspace.up('a = Thing("a")\nThing("b", value=a.identity)')
    result = workspace.run("destroy")
    assert result.code == 0
    assert workspace.provider.names("delete") == ["delete b", "delete a"]
    assert "Resources: 3 deleted" in result.out
    assert workspace.run("destroy").code == 0


def test_an_interrupt_waits_for_what_is_under_way_and_records_it(workspace: Workspace) -> None:
    release = workspace.provider.blocked["slow"] = threading.Event()
    workspace.program(BEFORE_AND_SLOW + 'Thing("last", opts=O(depends_on=[Thing("x")]), value=Thing("slow2").identity)')
    workspace.provider.blocked["slow2"] = release
    with workspace.running_up() as process:
        workspace.provider.wait_for("create", "slow")
        workspace.provider.wait_for("create", "slow2")
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        line = process.stderr.readline()
        assert line.startswith("error: interrupted: waiting for what is under way; run it again to carry on")
        assert workspace.provider.cancelled.wait(timeout=PATIENCE_S)
        release.set()
        _, errors = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 130
    assert errors == ""
    assert {"slow", "slow2"} <= set(workspace.resources())
    assert "last" not in workspace.resources()
    assert "pending_operations" not in workspace.deployment()
    assert list(workspace.state.rglob("locks/**/*.json")) == []
    workspace.up()
    assert workspace.provider.names("create").count("create slow") == 1
