from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from pipelines.serving.overload import rounds as module
from pipelines.serving.overload.rounds import Rounds


class Loop:
    def __init__(self) -> None:
        self.soon: list[Any] = []

    def call_soon(self, callback: Any) -> None:
        self.soon.append(callback)


def played(monkeypatch: pytest.MonkeyPatch, plan: list[tuple[float, float]]) -> tuple[list[float], Rounds]:
    """How long what is read first in each round has waited, of rounds that begin and end so."""
    loop = Loop()
    rounds, waits = Rounds(cast("asyncio.AbstractEventLoop", loop)), []
    for begin, end in plan:
        waits.append(rounds.begin(begin))
        assert rounds.open
        monkeypatch.setattr(module, "perf_counter", lambda end=end: end)
        loop.soon.pop()()
        assert not rounds.open
    return waits, rounds


def test_what_is_read_at_once_after_a_round_may_have_waited_for_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    waits, _ = played(monkeypatch, [(1.0, 1.004), (1.0041, 1.006), (1.0061, 1.007)])
    assert waits == [0.0, pytest.approx(0.0041), pytest.approx(0.002)]


def test_what_comes_to_an_idle_loop_has_not_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    assert played(monkeypatch, [(1.0, 1.004), (1.1, 1.101)])[0] == [0.0, 0.0]


def test_the_time_in_rounds_is_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    assert played(monkeypatch, [(1.0, 1.004), (1.1, 1.101)])[1].busy == pytest.approx(0.005)
