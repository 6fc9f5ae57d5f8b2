"""A driver process as the service sees it: start, run a job, stop, kill."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localcloud.java import JavaHome
from localcloud.services import lifeline

STOP_SECONDS = 20
OTHER_INSTALLATIONS = ("SPARK_", "PYSPARK_", "HADOOP_", "LOCALCLOUD_", "GOOGLE_", "PYTHON")


class DriverLostError(Exception):
    """The driver process ended, or could not start; one line that says why."""


class DriverProcess:
    """One running driver. `conf` is Spark's whole conf; `scratch` is a folder that is there as long as the driver."""

    def __init__(
        self, java: JavaHome, conf: dict[str, str], environment: Mapping[str, str], folder: Path, scratch: Path
    ) -> None:
        self.conf = conf
        self.scratch = scratch
        self.output = folder / "driver.log"
        scratch.mkdir(parents=True, exist_ok=True)
        read_end, write_end = os.pipe()
        argv = [sys.executable, "-P", "-m", "localcloud.services.dataproc.driver", str(write_end)]
        variables = {
            **{name: value for name, value in os.environ.items() if not name.startswith(OTHER_INSTALLATIONS)},
            **environment,
            "JAVA_HOME": str(java.path),
            "PYSPARK_PYTHON": sys.executable,
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(scratch),
            # The launcher is a small JVM that only prints the command line of the real one.
            "SPARK_LAUNCHER_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData",
        }
        try:
            environment = lifeline.python_environment(variables)
            self.process = lifeline.start(argv, environment, folder, self.output, (write_end,))
        finally:
            os.close(write_end)
        self.events = os.fdopen(read_end, "rb")
        self.ready_seconds: float | None = None
        self._send({"conf": conf})

    def _send(self, command: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it is gone: the next event tells
            self.process.stdin.write(json.dumps(command).encode() + b"\n")
            self.process.stdin.flush()

    def _next_event(self) -> dict[str, Any]:
        line = self.events.readline()
        if not line:
            lifeline.kill(self.process)
            raise DriverLostError(f"driver lost: the Spark process ended with {self.process.returncode}")
        return json.loads(line)

    def wait_until_ready(self) -> None:
        """Wait for Spark to be up. Raises DriverLostError."""
        if self.ready_seconds is not None:
            return
        event = self._next_event()
        if "failed" in event:
            raise DriverLostError(f"Spark did not start: {event['failed']}")
        self.ready_seconds = event["ready"]

    def run(self, command: dict[str, Any]) -> dict[str, Any]:
        """Run a job to its end and give its {"error", "exit_code"}. Raises DriverLostError."""
        self._send(command)
        return self._next_event()

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        lifeline.kill(self.process)
        shutil.rmtree(self.scratch, ignore_errors=True)

    def stop(self) -> threading.Thread:
        """Let it end in order, in the background; killed if that takes too long."""
        self._send({"stop": True})

        def finish() -> None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=STOP_SECONDS)
            self.kill()
            self.events.close()

        thread = threading.Thread(target=finish, name="driver-stop", daemon=True)
        thread.start()
        return thread
