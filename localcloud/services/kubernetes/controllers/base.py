"""What every controller shares: a queue of object names, filled by changes and timers, worked off one by one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass

from localcloud.services.kubernetes.api.addresses import Addresses
from localcloud.services.kubernetes.api.errors import ApiError
from localcloud.services.kubernetes.api.events import Recorder
from localcloud.services.kubernetes.api.objects import Objects
from localcloud.services.kubernetes.api.store import Change, Object, Store
from localcloud.services.kubernetes.controllers.back_off import back_off_seconds

log = logging.getLogger(__name__)
Name = tuple[str, str]  # namespace, name
FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS = 0.1, 30.0


@dataclass(frozen=True)
class Cluster:
    """What controllers and node work on."""

    store: Store
    objects: Objects
    addresses: Addresses
    events: Recorder


class Controller:
    """Event-driven: `names` says which objects a change concerns, `reconcile` sets one of them right.

    `reconcile` runs without interruption and may return seconds after which it wants to be called again. It starts
    with one call for every object of `resource`, so nothing is lost with a restart.
    """

    resource = ""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster, self.store = cluster, cluster.store
        self._queue: dict[Name, None] = {}
        self._wake = asyncio.Event()
        self._timers: dict[Name, asyncio.TimerHandle] = {}
        self._failures: dict[Name, int] = {}

    def names(self, change: Change) -> Iterable[Name]:
        raise NotImplementedError

    def reconcile(self, namespace: str, name: str) -> float | None:
        raise NotImplementedError

    def enqueue(self, name: Name) -> None:
        self._queue[name] = None
        self._wake.set()

    def _on_change(self, change: Change) -> None:
        for name in self.names(change):
            self.enqueue(name)

    async def run(self) -> None:
        """Work until cancelled."""
        stop = self.store.subscribe(self._on_change)
        for obj in self.store.list(self.resource):
            self.enqueue(name_of(obj))
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._queue:
                    name = next(iter(self._queue))
                    del self._queue[name]
                    self._work(name)
                    await asyncio.sleep(0)  # lets requests and other controllers in between
        finally:
            stop()
            for timer in self._timers.values():
                timer.cancel()

    def _work(self, name: Name) -> None:
        try:
            again = self.reconcile(*name)
            self._failures.pop(name, None)
        except ApiError as error:
            log.info("%s %s: %s", type(self).__name__, "/".join(name), error.message)
            again = self._retry_delay(name)
        except Exception:
            log.exception("%s %s failed", type(self).__name__, "/".join(name))
            again = self._retry_delay(name)
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()
        if again is not None:
            self._timers[name] = asyncio.get_running_loop().call_later(again, self.enqueue, name)

    def _retry_delay(self, name: Name) -> float:
        failures = self._failures[name] = self._failures.get(name, 0) + 1
        return back_off_seconds(FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS, failures)


def name_of(obj: Object) -> Name:
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]
