"""What a pass tells of an earlier run that was cut off."""

from __future__ import annotations

import threading
from pathlib import Path

from tests.localcloud.engine.workspace import BEFORE_AND_SLOW, Workspace


def test_a_killed_up_loses_nothing_and_the_next_one_carries_on(workspace: Workspace) -> None:
    release = workspace.provider.blocked["slow"] = threading.Event()
    workspace.program(BEFORE_AND_SLOW)
    with workspace.running_up() as process:
        workspace.provider.wait_for("create", "slow")
        process.kill()
        process.wait()
    release.set()
    assert {"before", "first"} <= set(workspace.resources())
    pending = workspace.deployment()["pending_operations"]
    assert [(item["type"], item["resource"]["urn"].rpartition("::")[2]) for item in pending] == [("creating", "slow")]
    workspace.provider.calls.clear()
    result = workspace.up()
    assert "removed the lock of" in result.err
    assert "Thing slow: an earlier run was interrupted while creating this resource" in result.err
    assert workspace.provider.names("create") == ["create slow"]
    assert "Resources: 1 created, 3 unchanged" in result.out
    assert "pending_operations" not in workspace.deployment()


def cut_off(workspace: Workspace) -> None:
    """Kill an `up` while it creates `slow`, which is then made without the engine knowing of it."""
    release = workspace.provider.blocked["slow"] = threading.Event()
    workspace.program('Thing("slow")')
    with workspace.running_up() as process:
        workspace.provider.wait_for("create", "slow")
        process.kill()
        process.wait()
    release.set()


def test_what_becomes_of_a_creation_that_was_cut_off_is_said_by_each_command(workspace: Workspace) -> None:
    cut_off(workspace)
    began = "warning: test:index:Thing slow: an earlier run was interrupted while creating this resource: "
    preview = workspace.run("preview")
    assert preview.code == 0
    assert began + "if the program still has it, `up` makes it" in preview.err
    destroyed = workspace.run("destroy")
    assert destroyed.code == 0
    assert began + "it may exist although the stack does not have it: run `up` first, or delete" in destroyed.err
    assert "it is made now" not in preview.err + destroyed.err
    forgotten = workspace.up("pass")
    assert forgotten.err.count("slow: its creation was cut off, and the program no longer has it: if it exists") == 1
    made = workspace.up('Thing("slow")')
    assert began + "if the program still has it, it is made now" in made.err
    assert "no longer has it" not in made.err
    assert "slow" not in workspace.up().err


def test_a_policy_pack_does_not_hide_what_was_cut_off(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "PulumiPolicy.yaml").write_text("runtime: python\n")
    (tmp_path / "pack" / "__main__.py").write_text(
        "from pulumi_policy import PolicyPack, ResourceValidationPolicy\n"
        'PolicyPack("p", policies=[ResourceValidationPolicy("none", "Allows all.", lambda args, report: None)])\n'
    )
    cut_off(workspace)
    pack = ["--policy-pack", str(tmp_path / "pack")]
    assert workspace.up(None, *pack).err.count("slow: an earlier run was interrupted while creating") == 1
