"""Drivers without Spark, for what a cluster does with its driver."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from localcloud.services.dataproc.drivers.process import DriverLostError
from localcloud.settings import LocalCloud

ENDED_WELL = {"error": "", "exit_code": 0}


class StandInDriver:
    """A driver whose jobs do nothing but `on_run`; `killed` and `stopped` say how it ended."""

    def __init__(
        self,
        conf: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        on_run: Callable[[], object] = lambda: None,
    ) -> None:
        self.conf = dict(conf or {})
        self.environment = dict(environment or {})
        self.on_run = on_run
        self.killed = threading.Event()
        self.stopped = threading.Event()

    @property
    def alive(self) -> bool:
        return not self.killed.is_set() and not self.stopped.is_set()

    def wait_until_ready(self) -> None:
        self._require_alive()

    def run(self, command: dict[str, Any]) -> dict[str, Any]:
        self._require_alive()
        self.on_run()
        self._require_alive()
        return ENDED_WELL

    def _require_alive(self) -> None:
        if not self.alive:
            raise DriverLostError("driver lost")

    def output(self) -> bytes:
        return b"output\n"

    take_output = output

    def kill(self) -> None:
        self.killed.set()

    def stop(self) -> None:
        self.stopped.set()


class StandInPool:
    """Gives a new stand-in to everyone; `on_run` is what their jobs do, `on_take` happens before one is given."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.taken: list[StandInDriver] = []
        self.given: list[StandInDriver] = []
        self.on_take: Callable[[], object] = lambda: None
        self.on_run: Callable[[], object] = lambda: None

    def take(self, conf: Mapping[str, str], environment: Mapping[str, str]) -> StandInDriver:
        self.on_take()
        self.taken.append(StandInDriver(conf, environment, self.on_run))
        return self.taken[-1]

    def give(self, driver: StandInDriver) -> None:
        self.given.append(driver)

    def leaked(self) -> list[StandInDriver]:
        """The drivers that nobody has and nobody ended."""
        return [driver for driver in self.taken if driver.alive and driver not in self.given]


def stand_in(*arguments: Any) -> Any:
    """A StandInDriver where a DriverProcess is wanted."""
    return StandInDriver(*arguments)
