"""What fails over and over, or in the middle of something, does not stop the rest. All in this process."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from localcloud.services.kubernetes.api.addresses import PODS
from localcloud.services.kubernetes.api.discovery import RESOURCES
from localcloud.services.kubernetes.api.errors import ApiError, bad_request
from localcloud.services.kubernetes.api.store import Change, Store
from localcloud.services.kubernetes.controllers.base import Controller, Name
from localcloud.services.kubernetes.gke.runtime import ClusterRuntime
from localcloud.services.kubernetes.node import container as containers
from localcloud.services.kubernetes.node import pod as pods
from localcloud.settings import LocalCloud
from tests.localcloud.services.kubernetes.harness import DEADLINE_SECONDS

MANY = 1100  # 2.0 to the power of 1024 is more than a float holds


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "objects.db")


def config_map(name: str, value: Any = "1") -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "n"}, "data": {"key": value}}


def test_the_store_goes_on_after_a_write_that_failed(store: Store) -> None:
    with pytest.raises(TypeError):
        store.create("configmaps", config_map("bad", datetime.date(2020, 1, 1)))
    assert store.get("configmaps", "n", "bad") is None
    store.create("configmaps", config_map("good"))
    assert store.require("configmaps", "n", "good")["data"] == {"key": "1"}


def test_every_listener_hears_of_a_change(store: Store) -> None:
    heard: list[str] = []

    def broken(change: Change) -> None:
        raise ValueError("a bug")

    store.subscribe(broken)
    store.subscribe(lambda change: heard.append(change.object["metadata"]["name"]))
    store.create("configmaps", config_map("one"))
    assert heard == ["one"]


class Refusing(Controller):
    resource = "configmaps"
    enough: asyncio.Event
    calls = 0

    def names(self, change: Change) -> Iterable[Name]:
        yield "n", "one"

    def reconcile(self, namespace: str, name: str) -> float | None:
        self.calls += 1
        if self.calls < MANY:
            self.enqueue((namespace, name))  # not after the delay: as if all that time had passed
        else:
            self.enough.set()
        raise bad_request("never")


def test_a_controller_outlives_any_number_of_failures(tmp_path: Path) -> None:
    async def scenario() -> None:
        controller = Refusing(ClusterRuntime(LocalCloud(home=tmp_path), tmp_path / "cluster", 1).cluster)
        controller.enough = asyncio.Event()
        working = asyncio.ensure_future(controller.run())
        controller.enqueue(("n", "one"))
        await asyncio.wait_for(controller.enough.wait(), DEADLINE_SECONDS)
        controller.enough.clear()
        controller.enqueue(("n", "one"))
        await asyncio.wait_for(controller.enough.wait(), DEADLINE_SECONDS)
        working.cancel()

    asyncio.run(scenario())


def pod_of(name: str, node: str = "one") -> dict[str, Any]:
    container = {"name": "main", "image": "nowhere/missing:1"}
    return {"metadata": {"name": name}, "spec": {"nodeName": node, "containers": [container]}}


def runtime_of(folder: Path) -> ClusterRuntime:
    runtime = ClusterRuntime(LocalCloud(home=folder), folder / "cluster", 1)
    for name in ("default", "kube-system"):
        runtime.cluster.objects.create(RESOURCES["namespaces"], "", {"metadata": {"name": name}})
    return runtime


def test_a_container_backs_off_for_as_long_as_it_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "LONGEST_BACKOFF_SECONDS", 0.0)

    async def scenario() -> None:
        runtime, enough = runtime_of(tmp_path), asyncio.Event()
        store = runtime.cluster.store
        runtime.cluster.objects.create(RESOURCES["pods"], "default", pod_of("stuck"))

        def look(change: Change) -> None:
            if change.resource == "events" and change.object["count"] > MANY:
                enough.set()

        store.subscribe(look)
        runtime.kubelet.start()
        await asyncio.wait_for(enough.wait(), DEADLINE_SECONDS)
        status = store.require("pods", "default", "stuck")["status"]["containerStatuses"][0]
        assert status["state"]["waiting"]["reason"] in {"ErrImagePull", "ImagePullBackOff"}
        await runtime.kubelet.shutdown(0.0)

    asyncio.run(scenario())


def test_a_pod_waits_for_an_address_and_the_finished_give_theirs_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pods, "ADDRESS_RETRY_SECONDS", 0.01)

    async def scenario() -> None:
        runtime, refused, given = runtime_of(tmp_path), asyncio.Event(), asyncio.Event()
        store, addresses = runtime.cluster.store, runtime.cluster.addresses
        for number in range(len(PODS)):
            runtime.cluster.objects.create(RESOURCES["pods"], "default", pod_of(f"p{number}", node=""))
            taken = {"podIP": addresses.for_pod()}
            store.modify("pods", "default", f"p{number}", lambda pod, taken=taken: pod["status"].update(taken))
        with pytest.raises(ApiError, match="all 190 pod addresses"):
            addresses.for_pod()
        runtime.cluster.objects.create(RESOURCES["pods"], "default", pod_of("late"))

        def look(change: Change) -> None:
            if change.resource == "events" and change.object["reason"] == "FailedCreatePodSandBox":
                refused.set()
            if change.object["metadata"]["name"] == "late" and change.object["status"].get("podIP"):
                given.set()

        store.subscribe(look)
        runtime.kubelet.start()
        await asyncio.wait_for(refused.wait(), DEADLINE_SECONDS)
        assert "podIP" not in store.require("pods", "default", "late")["status"]
        free = store.require("pods", "default", "p7")["status"]["podIP"]
        store.modify("pods", "default", "p7", lambda pod: pod["status"].update(phase="Succeeded"))
        await asyncio.wait_for(given.wait(), DEADLINE_SECONDS)
        assert store.require("pods", "default", "late")["status"]["podIP"] == free
        await runtime.kubelet.shutdown(0.0)

    asyncio.run(scenario())


def test_one_pod_that_cannot_be_ended_does_not_keep_the_others(tmp_path: Path) -> None:
    async def scenario() -> None:
        runtime, ended = runtime_of(tmp_path), []

        class Runner:
            silent = False

            def __init__(self, name: str) -> None:
                self.name = name

            async def stop(self, grace: float) -> None:
                if self.name == "broken":
                    raise OSError("no such thing")
                ended.append(self.name)

        runtime.kubelet.start()
        runtime.kubelet.runners |= {name: Runner(name) for name in ("one", "broken", "two")}
        await runtime.kubelet.shutdown(0.0)
        assert ended == ["one", "two"]

    asyncio.run(scenario())
