"""Events: repeats are counted, the oldest go, none is written into a namespace that goes."""

from __future__ import annotations

import pytest

from localcloud.services.kubernetes.api import events
from localcloud.services.kubernetes.api.events import Recorder
from localcloud.services.kubernetes.api.store import Object
from tests.localcloud.services.kubernetes.bodies import shell
from tests.localcloud.services.kubernetes.in_process import InProcess


@pytest.fixture
def pod(in_process: InProcess) -> Object:
    return in_process.create("pods", shell("p", "true"))


def told(cluster: InProcess) -> list[tuple[str, str, int]]:
    return [(event["type"], event["message"], event["count"]) for event in cluster.store.list("events")]


def test_repeats_are_counted(in_process: InProcess, pod: Object) -> None:
    recorder = Recorder(in_process.store, "test")
    for _ in range(3):
        recorder.warning(pod, "BackOff", "again")
    recorder.normal(pod, "Started", "up")
    assert sorted(told(in_process)) == [("Normal", "up", 1), ("Warning", "again", 3)]
    about = in_process.store.list("events")[0]["involvedObject"]
    assert (about["kind"], about["name"], about["uid"]) == ("Pod", "p", pod["metadata"]["uid"])


def test_of_too_many_the_oldest_go(in_process: InProcess, pod: Object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST_EVENTS", 3)
    recorder = Recorder(in_process.store, "test")
    for number in range(5):
        recorder.normal(pod, "Counted", str(number))
    assert sorted(message for _, message, _ in told(in_process)) == ["2", "3", "4"]
    recorder.normal(pod, "Counted", "0")  # forgotten, so it is a new one
    assert ("Normal", "0", 1) in told(in_process)


def test_a_namespace_that_goes_gets_none(in_process: InProcess) -> None:
    in_process.create("namespaces", {"metadata": {"name": "going"}}, "")
    made = in_process.create("pods", shell("p", "true"), "going")
    in_process.call("DELETE", "/api/v1/namespaces/going")
    Recorder(in_process.store, "test").normal(made, "Killing", "x")
    assert told(in_process) == []
