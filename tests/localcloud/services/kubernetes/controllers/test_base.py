"""The queue of a controller: failures are tried again, for as long as it takes; timers call again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

from localcloud.services.kubernetes.api.errors import bad_request
from localcloud.services.kubernetes.api.store import Change
from localcloud.services.kubernetes.controllers.base import Cluster, Controller, Name, name_of
from tests.localcloud.services.kubernetes.bodies import config_map
from tests.localcloud.services.kubernetes.in_process import InProcess
from tests.waiting import PATIENCE_S

MANY = 1100  # 2.0 to the power of 1024 is more than a float holds


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
        controller = Refusing(InProcess(tmp_path).cluster)
        controller.enough = asyncio.Event()
        working = asyncio.ensure_future(controller.run())
        controller.enqueue(("n", "one"))
        await asyncio.wait_for(controller.enough.wait(), PATIENCE_S)
        controller.enough.clear()
        controller.enqueue(("n", "one"))
        await asyncio.wait_for(controller.enough.wait(), PATIENCE_S)
        working.cancel()

    asyncio.run(scenario())


class Recording(Controller):
    """Notes whom it worked on; `step` says what to do about it."""

    resource = "configmaps"

    def __init__(self, cluster: Cluster, step: Callable[[list[str]], float | None]) -> None:
        super().__init__(cluster)
        self.step, self.worked = step, list[str]()

    def names(self, change: Change) -> Iterable[Name]:
        if change.resource == self.resource:
            yield name_of(change.object)

    def reconcile(self, namespace: str, name: str) -> float | None:
        self.worked.append(name)
        return self.step(self.worked)


def worked(folder: Path, count: int, step: Callable[[list[str]], float | None]) -> list[str]:
    """Whom a controller worked on: `before` is there at its start, `later` comes then, twice at the same time."""

    async def scenario() -> list[str]:
        cluster, enough = InProcess(folder), asyncio.Event()

        def counted(names: list[str]) -> float | None:
            if len(names) == count:
                enough.set()
            return step(names)

        cluster.create("configmaps", config_map("before"))
        controller = Recording(cluster.cluster, counted)
        working = asyncio.ensure_future(controller.run())
        await asyncio.sleep(0)
        cluster.create("configmaps", config_map("later"))
        cluster.store.modify("configmaps", "default", "later", lambda obj: obj["data"].update(a="1"))
        await asyncio.wait_for(enough.wait(), PATIENCE_S)
        working.cancel()
        return controller.worked

    return asyncio.run(scenario())


def test_what_is_there_comes_first_and_changes_at_the_same_time_once(tmp_path: Path) -> None:
    assert worked(tmp_path, 2, lambda names: None) == ["before", "later"]


def test_an_object_comes_again_when_it_asks_for_it_and_after_a_bug(tmp_path: Path) -> None:
    def step(names: list[str]) -> float | None:
        if names == ["before", "later"]:
            raise ValueError("a bug")
        return 0.0 if names == ["before"] else None

    assert sorted(worked(tmp_path, 4, step)) == ["before", "before", "later", "later"]
