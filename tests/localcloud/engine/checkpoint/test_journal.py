"""What a deployment did since it wrote its checkpoint is not lost, whenever it is killed."""

from __future__ import annotations

import dataclasses
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localcloud.engine.checkpoint import journal, passphrase
from localcloud.engine.checkpoint.backend import StackFiles
from localcloud.engine.checkpoint.journal import Journal, replayed
from localcloud.engine.checkpoint.passphrase import Crypter
from localcloud.engine.checkpoint.snapshot import CREATING, DELETING, Snapshot, StackState
from localcloud.engine.checkpoint.state import ResourceState
from localcloud.errors import LocalCloudError
from tests.localcloud.engine.workspace import FEW_ROUNDS, Workspace

BASE = {"manifest": {}, "resources": [{"urn": "a"}, {"urn": "b"}], "pending_operations": [{"type": "creating"}]}


@pytest.fixture(autouse=True)
def never_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines are written however small the checkpoint is. Nobody cuts the power here."""
    monkeypatch.setattr(journal, "SMALL_BYTES", -(1 << 30))
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    monkeypatch.setattr(passphrase, "ROUNDS", FEW_ROUNDS)


def test_edits_by_number() -> None:
    lines = [
        [[3, {"urn": "new"}], [2, None]],
        [[0, 4]],
        [[5, {"urn": "last"}], [1, {"urn": "b", "delete": True}], [6, {"type": "deleting"}]],
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    found = replayed(BASE, f"0\n{text}".encode())
    urns = [resource["urn"] for resource in found["resources"]]
    assert urns == ["new", "a", "last", "b"]  # what was done comes first, in order
    assert found["resources"][3]["delete"] is True
    later = replayed(BASE, f"2\n{text}".encode())
    assert [resource["urn"] for resource in later["resources"]] == ["b", "new", "a", "last"]
    assert found["pending_operations"] == [{"type": "deleting"}]
    assert found["manifest"] == {}


@pytest.mark.parametrize("torn", [b'[[0,{"urn":"x', b"[[0,null]]", b""])
def test_a_last_line_that_was_cut_short_did_not_happen(torn: bytes) -> None:
    assert replayed(BASE, b"0\n[[1,null]]\n" + torn)["resources"] == [{"urn": "a"}]


class Stack:
    """Files of a stack, and a run on it that keeps what it did."""

    def __init__(self, folder: Path) -> None:
        self.files = StackFiles.open(folder, "demo", "local")
        self.crypter = Crypter("correct horse")
        self.files.save(StackState([state("base-0"), state("base-1")]).render(self.crypter, text_of))
        self.run = self.snapshot()

    def snapshot(self) -> Snapshot:
        return Snapshot(StackState.parse(self.files.load() or {}, self.crypter), self.crypter, self.files.save)

    def written(self) -> list[str]:
        return told(self.files.load() or {})

    @property
    def journals(self) -> list[Path]:
        return list(self.files.checkpoint.parent.glob("*.journal"))


def state(name: str, *dependencies: ResourceState) -> ResourceState:
    urn = f"urn:pulumi:local::demo::test:index:Thing::{name}"
    return ResourceState(urn, "test:index:Thing", custom=True, dependencies=[other.urn for other in dependencies])


def text_of(entry: Any) -> str:
    return json.dumps(entry.to_checkpoint(None))


def told(deployment: dict[str, Any]) -> list[str]:
    """The deployment as a list of words, in order."""
    resources = [
        item["urn"].rpartition("::")[2] + (" replaced" if item.get("delete") else "")
        for item in deployment.get("resources") or []
    ]
    pending = [
        f"{item['type']} {item['resource']['urn'].rpartition('::')[2]}"
        for item in deployment.get("pending_operations") or []
    ]
    return resources + sorted(pending)


def test_a_run_leaves_no_journal_behind(tmp_path: Path) -> None:
    stack = Stack(tmp_path)
    stack.run.begin(CREATING, new := state("new"))
    assert stack.journals == []  # the first change writes a checkpoint
    stack.run.end(None, new)
    stack.run.begin(DELETING, new)
    assert len(stack.journals) == 1
    assert {path.stat().st_mode & 0o777 for path in stack.journals} == {0o600}
    assert stack.written() == ["new", "base-0", "base-1", "deleting new"]
    stack.run.close()
    assert stack.journals == []
    assert stack.written() == ["new", "base-0", "base-1", "deleting new"]


def test_what_another_checkpoint_left_over_is_not_looked_at(tmp_path: Path) -> None:
    stack = Stack(tmp_path)
    for name in ("one", "two"):
        stack.run.end(None, state(name))
    (left,) = stack.journals
    lines = left.read_bytes()
    stack.run.close()
    left.write_bytes(lines)
    assert stack.written() == ["one", "two", "base-0", "base-1"]
    stack.snapshot().settle()
    assert stack.journals == []


def test_a_line_that_is_damaged_in_the_middle_is_told(tmp_path: Path) -> None:
    stack = Stack(tmp_path)
    for name in ("one", "two", "three"):
        stack.run.end(None, state(name))
    (path,) = stack.journals
    path.write_bytes(b"{" + path.read_bytes())
    with pytest.raises(LocalCloudError, match=r"journal is damaged \(.*lacks what was done last"):
        stack.files.load()


def test_the_checkpoint_is_written_once_lines_have_outgrown_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "SMALL_BYTES", 0)
    lines = Journal(tmp_path / "journal", 100)
    lines.append("x" * 98)
    assert not lines.is_outgrown
    lines.append("")
    assert lines.is_outgrown
    monkeypatch.setattr(journal, "SMALL_BYTES", 100)
    assert Journal(tmp_path / "other", 100).is_outgrown


STEPS = st.lists(
    st.tuples(st.sampled_from(["create", "same", "update", "replace", "delete", "cut"]), st.integers(0, 9))
)


@given(STEPS)
@settings(max_examples=30)
def test_whatever_is_done_the_journal_says_the_same_as_a_checkpoint(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    stack = Stack(tmp_path_factory.mktemp("stack"))
    for count, (step, choice) in enumerate(steps):
        known = stack.run.current().resources
        old = known[choice % len(known)] if known else None
        new = state(f"new-{count}") if old is None or step == "create" else dataclasses.replace(old, delete=False)
        if step == "cut":
            stack.run = stack.snapshot()
        elif step == "create" or old is None:
            stack.run.begin(CREATING, new)
            if choice % 3:
                stack.run.end(None, new)
        elif step == "delete":
            stack.run.begin(DELETING, old)
            stack.run.end(old, None)
        elif step == "replace":
            old.delete = True
            stack.run.end(None, new, amended=old)
        else:
            new.delete = old.delete
            stack.run.end(old, new, write=step == "update")
            if step == "update":
                new.outputs = {"now": count}
                stack.run.amend(new)
        current = stack.run.current()
        rendered = json.loads(current.render(stack.crypter, lambda entry: json.dumps(told_of(entry))))
        if step not in ("same", "cut"):
            assert stack.written() == told(rendered)
    stack.run.settle()
    assert stack.journals == []


def told_of(entry: ResourceState | tuple[str, ResourceState]) -> dict[str, Any]:
    if isinstance(entry, tuple):
        return {"type": entry[0], "resource": entry[1].to_checkpoint(None)}
    return entry.to_checkpoint(None)


SMALL_IS_NOTHING = "from localcloud.engine.checkpoint import journal; journal.SMALL_BYTES = -(1 << 30)"


@pytest.mark.parametrize(
    ("first", "second", "step", "pending", "carried_on"),
    [
        ("", 'Thing("slow")', "create", "creating", ["create slow"]),
        ('Thing("slow", value="1")', 'Thing("slow", value="2")', "update", "updating", ["update slow"]),
        ('Thing("slow", fixed="1")', 'Thing("slow", fixed="2")', "create", "creating", ["create slow", "delete slow"]),
        ('Thing("slow")', "", "delete", "deleting", ["delete slow"]),
        (
            'Thing("slow", exclusive="1")',
            'Thing("slow", exclusive="2")',
            "delete",
            "deleting",
            ["delete slow", "create slow"],
        ),
    ],
)
def test_up_killed_amid_its_lines_is_carried_on(
    workspace: Workspace, first: str, second: str, step: str, pending: str, carried_on: list[str]
) -> None:
    workspace.up(first)
    release = workspace.provider.blocked[f"{step} slow"] = threading.Event()
    workspace.program(f'one = Thing("one")\nThing("two", value=one.identity)\n{second}')
    workspace.provider.calls.clear()
    with workspace.running_up(prelude=SMALL_IS_NOTHING) as up:
        workspace.provider.wait_for(step, "slow")
        if second:
            workspace.provider.wait_for("create", "two")
        up.kill()
        up.wait()
    release.set()
    (path,) = workspace.checkpoint.parent.glob("*.journal")
    path.write_bytes(path.read_bytes() + b'[[7,{"urn":')
    exported = json.loads(workspace.run("export").out)["deployment"]
    assert [item["type"] for item in exported["pending_operations"] if "slow" in item["resource"]["urn"]] == [pending]
    assert {"demo-local", "default", "one"} <= {word.split()[0] for word in told(exported)}
    workspace.provider.calls.clear()
    result = workspace.up()
    assert f"slow: an earlier run was interrupted while {pending} this resource" in result.err
    names = workspace.provider.names("create", "update", "delete")
    assert [name for name in names if "slow" in name] == carried_on
    assert list(workspace.checkpoint.parent.glob("*.journal")) == []
    assert "pending_operations" not in workspace.deployment()
