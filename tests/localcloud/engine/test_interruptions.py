"""Failures, locks and kills: what was made is never lost."""

from __future__ import annotations

import getpass
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from localcloud.engine.checkpoint import passphrase
from localcloud.engine.checkpoint.state import ResourceState
from localcloud.engine.display import slow_steps
from localcloud.engine.display.display import Display, Op
from localcloud.engine.plugins.provider_connection import Host
from localcloud.engine.plugins.registry import Registry
from localcloud.engine.project.project import Project
from tests.localcloud.engine.conftest import Workspace
from tests.localcloud.engine.fake_provider import DEADLINE_S, serving
from tests.paths import REPOSITORY

PULUMI_ROUNDS = passphrase.ROUNDS
BEFORE_AND_SLOW = 'Thing("before")\nThing("slow", opts=O(depends_on=[Thing("first")]))\n'


@pytest.fixture(autouse=True)
def pulumis_rounds(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some of these tests run the engine in a process of its own, which must find the secrets readable."""
    monkeypatch.setattr(passphrase, "ROUNDS", PULUMI_ROUNDS)


@contextmanager
def running_up(workspace: Workspace) -> Iterator[subprocess.Popen[str]]:
    """`up` in a process of its own; killed at the end if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "localcloud.engine", "up", "--cwd", str(workspace.folder), "--stack", "local"],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


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


def test_a_killed_up_loses_nothing_and_the_next_one_carries_on(workspace: Workspace) -> None:
    release = workspace.provider.blocked["slow"] = threading.Event()
    workspace.program(BEFORE_AND_SLOW)
    with running_up(workspace) as process:
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
    with running_up(workspace) as process:
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


def test_a_provider_that_ends_in_the_middle_is_one_line_and_the_next_up_completes(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = workspace.provider.blocked["slow"] = threading.Event()
    workspace.program('Thing("last", value=Thing("slow", value=Thing("first").identity).identity)')
    usual = os.environ["PULUMI_DEBUG_PROVIDERS"]
    with ExitStack() as server:
        port = server.enter_context(serving(workspace.provider))
        monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", f"test:{port}")
        with running_up(workspace) as process:
            workspace.provider.wait_for("create", "slow")
            server.close()
            _, errors = process.communicate(timeout=DEADLINE_S)
            release.set()
    assert process.returncode == 1
    (line,) = errors.splitlines()
    assert line.startswith(f"error: test:index:Thing slow: the test provider at 127.0.0.1:{port}")
    assert line.endswith("does not answer: start it")
    assert set(workspace.resources()) == {"demo-local", "default", "first"}
    monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", usual)
    assert "Resources: 2 created, 2 unchanged" in workspace.up().out


def test_an_interrupt_waits_for_what_is_under_way_and_records_it(workspace: Workspace) -> None:
    release = workspace.provider.blocked["slow"] = threading.Event()
    workspace.program(BEFORE_AND_SLOW + 'Thing("last", opts=O(depends_on=[Thing("x")]), value=Thing("slow2").identity)')
    workspace.provider.blocked["slow2"] = release
    with running_up(workspace) as process:
        workspace.provider.wait_for("create", "slow")
        workspace.provider.wait_for("create", "slow2")
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        line = process.stderr.readline()
        assert line.startswith("error: interrupted: waiting for what is under way; run it again to carry on")
        assert workspace.provider.cancelled.wait(timeout=DEADLINE_S)
        release.set()
        _, errors = process.communicate(timeout=DEADLINE_S)
        assert process.returncode == 130
    assert errors == ""
    assert {"slow", "slow2"} <= set(workspace.resources())
    assert "last" not in workspace.resources()
    assert "pending_operations" not in workspace.deployment()
    assert list(workspace.state.rglob("locks/**/*.json")) == []
    workspace.up()
    assert workspace.provider.names("create").count("create slow") == 1


def test_an_interrupt_that_comes_when_all_is_done_finds_closed_connections(
    workspace: Workspace, tmp_path: Path
) -> None:
    registry = Registry(Host("127.0.0.1:1", Project("demo", tmp_path, tmp_path, tmp_path)), [], preview=False)
    registry.check("urn:pulumi:local::demo::pulumi:providers:test::one", {}, {}, b"")
    registry.cancel()
    assert workspace.provider.cancelled.is_set()
    registry.close()
    registry.cancel()


def test_a_second_up_at_the_same_time_is_refused(workspace: Workspace) -> None:
    release = workspace.provider.blocked["slow"] = threading.Event()
    workspace.program(BEFORE_AND_SLOW)
    with running_up(workspace) as process:
        workspace.provider.wait_for("create", "slow")
        for command in ("up", "destroy"):
            refused = workspace.run(command)
            assert refused.code == 1
            assert refused.err.count("\n") == 1
            assert f"is locked by {getpass.getuser()}@{socket.gethostname()} (pid {process.pid})" in refused.err
        release.set()
        process.communicate(timeout=DEADLINE_S)
        assert process.returncode == 0
    assert "Resources: 4 unchanged" in workspace.up().out


def test_a_lock_of_another_machine_is_never_cleared(workspace: Workspace) -> None:
    workspace.program("pass")
    lock = workspace.state / ".pulumi/locks/organization/demo/local/1.json"
    lock.parent.mkdir(parents=True)
    holder = {"pid": 999999999, "username": "ann", "hostname": "elsewhere", "timestamp": "2026-01-01T00:00:00Z"}
    lock.write_text(json.dumps(holder))
    result = workspace.run("up")
    assert result.code == 1
    assert "locked by ann@elsewhere (pid 999999999) since 2026-01-01" in result.err
    assert lock.exists()
    lock.write_text(json.dumps({**holder, "hostname": socket.gethostname()}))
    assert "removed the lock of ann@" in workspace.up().err
    assert not lock.exists()


def test_a_replacement_that_was_cut_off_after_its_deletion_is_completed(workspace: Workspace) -> None:
    workspace.up('Thing("one", exclusive="a")')
    workspace.provider.failing = {"one"}
    workspace.program('Thing("one", exclusive="b")')
    assert workspace.run("up").code == 1  # the fake fails the deletion: nothing has happened yet
    assert "pendingReplacement" not in workspace.resources()["one"]
    workspace.provider.failing.clear()
    workspace.provider.calls.clear()
    release = workspace.provider.blocked["one"] = threading.Event()
    with running_up(workspace) as process:
        workspace.provider.wait_for("delete", "one")
        workspace.provider.wait_for("create", "one")
        process.kill()
        process.wait()
    release.set()
    assert workspace.resources()["one"]["pendingReplacement"] is True
    workspace.up()
    assert workspace.resources()["one"]["inputs"] == {"exclusive": "b"}
    assert "pendingReplacement" not in workspace.resources()["one"]


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


def test_slow_steps_are_told_of_when_there_is_no_terminal(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow_steps, "SLOW_S", 0.01)
    told = threading.Event()
    workspace.provider.blocked["slow"] = told
    shown = Display._step

    def step(display: Display, op: Op, state: ResourceState, text: str) -> None:
        shown(display, op, state, text)
        if text == "creating":
            told.set()

    monkeypatch.setattr(Display, "_step", step)
    lines = workspace.up('Thing("slow")').out.splitlines()
    assert [line.split("  ")[-1][:7] for line in lines if "Thing slow" in line] == ["creatin", "created"]
    monkeypatch.setattr(slow_steps, "SLOW_S", 3600.0)
    lines = workspace.up('Thing("slow")\nThing("quick")').out.splitlines()
    assert len([line for line in lines if "quick" in line]) == 1


def test_a_slow_step_says_what_its_provider_is_at(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Display.progress

    def progress(display: Display, urn: str, text: str) -> None:
        told(display, urn, text)
        display._tell_of_slow(urn)

    monkeypatch.setattr(Display, "progress", progress)
    workspace.provider.progress = {"slow": "1 of 3 replicas available"}
    lines = workspace.up('Thing("slow")').out.splitlines()
    (shown,) = [line for line in lines if "replicas" in line]
    assert shown.endswith("test:index:Thing slow  creating: 1 of 3 replicas available")
