"""The gate on a loop whose rounds and clock the test makes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from pipelines.serving.overload import gate as module
from pipelines.serving.overload import rounds
from pipelines.serving.overload.gate import PENALTIES_S, REFUSING_SHARE, Gate

ANSWER_S, REFUSAL_S, INTERVALS_S = 0.00003, 0.00001, 0.5


class Machine:
    """One core with a clock of its own, and so many clients that send their next request as soon as they may."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self._soon: list[Callable[[], None]] = []
        self._timers: list[tuple[float, Callable[[], None]]] = []
        monkeypatch.setattr(module, "perf_counter", lambda: self.now)
        monkeypatch.setattr(rounds, "perf_counter", lambda: self.now)
        self.gate = Gate(cast("asyncio.AbstractEventLoop", self))
        self.answered: dict[bool, int] = {False: 0, True: 0}
        self.waits: list[float] = []

    def call_soon(self, callback: Callable[[], None]) -> Any:
        self._soon.append(callback)

    def call_later(self, delay: float, callback: Callable[[], None]) -> Any:
        self._timers.append((self.now + delay, callback))

    def round(self, clients: list[Client]) -> None:
        """Read what every client that is ready has sent, and answer or refuse it."""
        due = [callback for time, callback in self._timers if time <= self.now]
        self._timers = [timer for timer in self._timers if timer[0] > self.now]
        for callback in due:
            callback()
        for client in [client for client in clients if client.ready_at <= self.now]:
            if not self.gate.rounds.open:
                self.gate.begin_round(self.now)
            self._serve(client)
        for callback in self._soon:
            callback()
        self._soon = []
        self.now += 0.00001

    def _serve(self, client: Client) -> None:
        began = self.now
        if self.gate.admits(began, client.batch):
            self.gate.counts.admitted += 1
            self.answered[client.batch] += 1
            self.waits.append(began - client.ready_at)
            self.now += ANSWER_S
            client.ready_at = self.now + client.pause
        else:
            self.now += REFUSAL_S
            client.ready_at = float("inf")
            self.gate.refused(client, began)

    def run(self, clients: list[Client], seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            self.round(clients)


class Client:
    def __init__(self, machine: Machine, pause: float = 0.0, batch: bool = False) -> None:
        self.machine, self.pause, self.batch, self.ready_at = machine, pause, batch, 0.0

    def resume(self) -> None:
        self.ready_at = self.machine.now


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def test_a_busy_replica_that_keeps_up_refuses_nobody(machine: Machine) -> None:
    machine.run([Client(machine) for _ in range(16)], 3.0)
    assert machine.gate.counts.refused == 0
    assert machine.gate.rounds.busy > 2.5


def test_a_burst_is_let_through(machine: Machine) -> None:
    clients = [Client(machine, pause=1.0) for _ in range(500)]
    machine.run(clients, 0.2)
    assert machine.gate.counts.refused == 0
    assert machine.answered[False] == 500


def test_far_beyond_its_capacity_it_answers_as_many_as_it_can_and_in_time(machine: Machine) -> None:
    clients = [Client(machine) for _ in range(1500)]
    machine.run(clients, INTERVALS_S)
    before, machine.waits = machine.answered[False], []
    machine.run(clients, 2.0)
    assert (machine.answered[False] - before) * ANSWER_S / 2.0 > 0.9
    assert sorted(machine.waits)[int(len(machine.waits) * 0.99)] < 0.005
    assert machine.gate.counts.refusing / (2.0 + INTERVALS_S) < 2 * REFUSING_SHARE
    assert PENALTIES_S[0] <= machine.gate.penalty_s <= PENALTIES_S[1]


def test_within_a_second_of_the_end_of_a_spike_nobody_is_refused(machine: Machine) -> None:
    machine.run([Client(machine) for _ in range(1500)], 3.0)
    few = [Client(machine) for _ in range(8)]
    machine.run(few, 1.0)
    refused = machine.gate.counts.refused
    machine.run(few, 2.0)
    assert machine.gate.counts.refused == refused


def test_batch_callers_are_refused_first(machine: Machine) -> None:
    live = [Client(machine, pause=0.0005) for _ in range(10)]
    batch = [Client(machine, batch=True) for _ in range(300)]
    machine.run([*live, *batch], INTERVALS_S)
    machine.answered, machine.waits = {False: 0, True: 0}, []
    machine.run([*live, *batch], 2.0)
    assert machine.gate.overloaded is False
    assert machine.answered[True] > 0
    assert sorted(machine.waits)[int(len(machine.waits) * 0.99)] < 0.002


def test_batch_callers_alone_get_what_there_is(machine: Machine) -> None:
    machine.run([Client(machine, batch=True) for _ in range(300)], INTERVALS_S)
    before = machine.answered[True]
    machine.run([Client(machine, batch=True) for _ in range(300)], 2.0)
    assert (machine.answered[True] - before) * ANSWER_S / 2.0 > 0.5
