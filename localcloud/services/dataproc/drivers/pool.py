"""Drivers outlive their clusters: the last one is kept for the next cluster of the same settings.

A JVM takes 5 to 9 s to its first session and runs its first job at half its speed; in the cloud that is the time of a
cluster's machines to start. Jobs are no nearer to each other for it: see driver.py.
"""

from __future__ import annotations

import functools
import shutil
import threading
import uuid
from collections.abc import Mapping

from localcloud.services.dataproc.drivers.process import DriverProcess
from localcloud.settings import LocalCloud
from localcloud.spark.jars import JARS, JarsError, jars_folder
from localcloud.spark.java import JavaHome, find_java

IDLE_SECONDS = 900.0


class DriverPool:
    """Starts drivers, and keeps one that nobody uses for `idle_seconds`. Removes what a service killed before left."""

    def __init__(self, cloud: LocalCloud, idle_seconds: float = IDLE_SECONDS) -> None:
        self.cloud = cloud
        self.idle_seconds = idle_seconds
        self.folder = cloud.folder("dataproc") / "drivers"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.lock = threading.Lock()
        self.idle: DriverProcess | None = None
        self.timer: threading.Timer | None = None

    def take(self, conf: Mapping[str, str], environment: Mapping[str, str]) -> DriverProcess:
        """The idle driver if it has these settings, else a new one. Raises JavaNotFoundError, JarsError, OSError."""
        with self.lock:
            driver = self.idle
            if driver is not None and driver.alive and (driver.conf, driver.environment) == (conf, environment):
                self._forget()
                return driver
        return self._start(conf, environment)

    def give(self, driver: DriverProcess) -> None:
        """Keep a driver that no job is in; the one kept so far ends. Of a dead one only its folder is left: removed."""
        if not driver.alive:
            driver.kill()
            return
        with self.lock:
            former = self._forget()
            self.idle = driver
            self.timer = threading.Timer(self.idle_seconds, self._expire, [driver])
            self.timer.daemon = True
            self.timer.start()
        if former is not None:
            former.stop()

    def close(self) -> None:
        """End the idle driver at once."""
        with self.lock:
            driver = self._forget()
        if driver is not None:
            driver.kill()

    def _start(self, conf: Mapping[str, str], environment: Mapping[str, str]) -> DriverProcess:
        missing = [jar.file_name for jar in JARS if not (jars_folder(self.cloud) / jar.file_name).is_file()]
        if missing:
            raise JarsError(f"Spark lacks {', '.join(missing)}: run python -m localcloud.spark.jars")
        folder = self.folder / uuid.uuid4().hex
        folder.mkdir(parents=True)
        return DriverProcess(java_of(self.cloud), conf, environment, folder)

    def _expire(self, driver: DriverProcess) -> None:
        with self.lock:
            if self.idle is not driver:
                return
            self._forget()
        driver.stop()

    def _forget(self) -> DriverProcess | None:
        driver, self.idle = self.idle, None
        if self.timer is not None:
            self.timer.cancel()
        return driver


@functools.cache
def java_of(cloud: LocalCloud) -> JavaHome:
    return find_java(cloud)
