"""Steps that take long are told of, once."""

from __future__ import annotations

import threading

import pytest

from localcloud.engine.checkpoint.state import ResourceState
from localcloud.engine.display import slow_steps
from localcloud.engine.display.display import Display, Op
from localcloud.engine.display.slow_steps import SlowSteps
from tests.localcloud.engine.workspace import Workspace
from tests.waiting import PATIENCE_S


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


def test_each_is_told_of_once_and_one_that_ended_never(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_steps, "SLOW_S", 0.0)
    monkeypatch.setattr(slow_steps, "LOOK_S", 0.001)
    told: list[str] = []
    both = threading.Event()

    def tell(step: str) -> None:
        told.append(step)
        if len(told) == 2:
            both.set()

    steps = SlowSteps(tell)
    steps.end("never begun")
    steps.begin("one")
    steps.begin("two")
    assert both.wait(PATIENCE_S)
    steps.end("one")
    steps.close()
    assert sorted(told) == ["one", "two"]
